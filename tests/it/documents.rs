//! What the documents say of the source.

use std::path::Path;

use walkdir::WalkDir;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// All Rust of the service and its tests.
fn source() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["src", "tests"]
        .iter()
        .flat_map(|folder| WalkDir::new(root.join(folder)))
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn each_limit_has_a_test_that_is_there() {
    let (document, source) = (read("docs/limits.md"), source());
    let mut seen = 0;
    for row in document.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [limit, _, _, _, tests] = cells[..] else {
            panic!("a row of {} cells: {row}", cells.len());
        };
        if limit.trim() == "Limit" {
            continue;
        }
        assert!(quoted(tests).count() > 0, "no test for{limit}");
        for test in quoted(tests) {
            assert!(source.contains(&format!("fn {test}(")), "no test {test}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} tests");
}

#[test]
fn each_setting_that_limits_files_is_told() {
    let (document, settings) = (read("docs/limits.md"), read("config/default.toml"));
    let mut section = "";
    for line in settings.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        }
        let name = line.split(' ').next().unwrap_or_default();
        let is_limit = name.starts_with("max_") || name.starts_with("min_");
        if is_limit && ["server", "audio", "transcode"].contains(&section) {
            let setting = format!("`{section}.{name}`");
            assert!(document.contains(&setting), "{setting} is not told");
        }
    }
}
