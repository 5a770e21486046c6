//! Holds the source to the map in `ARCHITECTURE.md`: which module may use which, and what is
//! absent where.

#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/source.rs"]
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use rules::{Allowance, TABLE, allowed};
use source::Source;

/// Reads every file below `src/`.
fn house() -> Result<Vec<Source>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files)?;
    if files.is_empty() {
        bail!("no file below {}", root.join("src").display());
    }
    files.sort();
    files
        .iter()
        .map(|file| {
            let name = file
                .strip_prefix(root)?
                .to_string_lossy()
                .replace('\\', "/");
            let text = fs::read_to_string(file).with_context(|| name.clone())?;
            Source::parse(&name, &text).with_context(|| name.clone())
        })
        .collect()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// What `rule` has to say of the whole house.
fn complaints(rule: fn(&Source) -> Vec<String>) -> Vec<String> {
    match house() {
        Ok(sources) => sources.iter().flat_map(rule).collect(),
        Err(unreadable) => vec![format!("{unreadable:#}")],
    }
}

/// What `rule` has to say of `text` as if it stood at `file`.
#[track_caller]
fn planted(rule: fn(&Source) -> Vec<String>, file: &str, text: &str) -> Vec<String> {
    let source = Source::parse(file, text);
    assert!(source.is_ok(), "the planted source is no Rust: {text}");
    source.map(|source| rule(&source)).unwrap_or_default()
}

#[track_caller]
fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[track_caller]
fn assert_bites(file: &str, text: &str, line: usize, from: &str, to: &str) {
    let found = planted(rules::edges, file, text);
    let wanted = format!("{file}:{line}: `{from}` uses `{to}`");
    assert!(
        found.iter().any(|complaint| complaint.starts_with(&wanted)),
        "no {wanted:?} in {found:?} for {text}"
    );
}

mod the_house {
    use super::*;

    #[test]
    fn has_no_forbidden_edge() {
        assert_none(&complaints(rules::edges));
    }

    #[test]
    fn hides_nothing_from_this_test() {
        assert_none(&complaints(rules::blindfolds));
    }

    #[test]
    fn keeps_sql_in_the_store() {
        assert_none(&complaints(rules::sql));
    }

    #[test]
    fn keeps_status_codes_in_http() {
        assert_none(&complaints(rules::status_codes));
    }

    #[test]
    fn has_a_pure_core() {
        assert_none(&complaints(rules::purity));
    }

    #[test]
    fn starts_processes_in_one_place() {
        assert_none(&complaints(rules::processes));
    }

    #[test]
    fn has_no_file_over_the_limit() {
        assert_none(&complaints(rules::length));
    }

    #[test]
    fn has_only_modules_that_the_table_knows() {
        assert_none(&complaints(rules::residents));
    }
}

mod the_table {
    use super::*;

    #[test]
    fn has_no_cycle() {
        // Taking away modules that use only what was taken away empties a table without cycles.
        let mut left: Vec<&str> = TABLE.iter().map(|(name, _)| *name).collect();
        loop {
            let free: Vec<&str> = left
                .iter()
                .copied()
                .filter(|from| !left.iter().any(|to| from != to && allowed(from, to)))
                .collect();
            // `config`, `cli` and `main` may use each other: they are one composition root.
            let root = ["config", "cli", "main"];
            if free.is_empty() {
                left.retain(|name| !root.contains(name));
                assert_eq!(left, Vec::<&str>::new());
                return;
            }
            left.retain(|name| !free.contains(name));
        }
    }

    #[test]
    fn names_each_module_once() {
        for (at, (name, _)) in TABLE.iter().enumerate() {
            assert!(
                !TABLE[..at].iter().any(|(earlier, _)| earlier == name),
                "{name} twice"
            );
        }
    }

    #[test]
    fn allows_only_modules_that_it_has() {
        for (from, allowance) in TABLE {
            let Allowance::These(modules) = allowance else {
                continue;
            };
            for to in *modules {
                assert!(
                    TABLE.iter().any(|(name, _)| name == to),
                    "{from} may use unknown {to}"
                );
            }
        }
    }

    #[test]
    fn stands_in_the_map_for_people() {
        let map = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
        let map = fs::read_to_string(map).expect("ARCHITECTURE.md is there");
        for (name, allowance) in TABLE {
            let row = map
                .lines()
                .find(|line| {
                    line.starts_with(&format!("| [`{name}`]"))
                        || line.starts_with(&format!("| `{name}` |"))
                })
                .unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for {name}"));
            let last = row
                .trim_end_matches('|')
                .rsplit('|')
                .next()
                .unwrap_or_default()
                .trim();
            assert_eq!(last, allowance.in_words(), "row of {name}");
        }
    }
}

mod an_edge_bites {
    use super::*;

    #[test]
    fn in_a_plain_use() {
        assert_bites(
            "src/store/sqlite.rs",
            "//! Doc.\n\nuse crate::http::Problem;\n",
            3,
            "store",
            "http",
        );
    }

    #[test]
    fn in_a_grouped_use() {
        assert_bites(
            "src/audio/mod.rs",
            "use crate::{domain::Score,\n    store::{self, Store}};",
            2,
            "audio",
            "store",
        );
    }

    #[test]
    fn in_a_nested_group() {
        let text = "use crate::{{domain::Score, {jobs::Worker}}};";
        assert_bites("src/index/exact.rs", text, 1, "index", "jobs");
    }

    #[test]
    fn in_a_renamed_use() {
        let text = "use crate::http as web;\nfn f() { web::serve() }";
        assert_bites("src/scoring/mod.rs", text, 1, "scoring", "http");
    }

    #[test]
    fn in_a_glob() {
        assert_bites("src/jobs/mod.rs", "use crate::cli::*;", 1, "jobs", "cli");
    }

    #[test]
    fn in_a_public_reexport() {
        assert_bites(
            "src/services/mod.rs",
            "pub use crate::jobs::Worker;",
            1,
            "services",
            "jobs",
        );
    }

    #[test]
    fn in_an_expression() {
        let text = "fn f() {\n    let n = crate::config::load(1);\n}";
        assert_bites("src/services/ingest.rs", text, 2, "services", "config");
    }

    #[test]
    fn in_a_type_and_its_arguments() {
        let text = "struct A(Vec<crate::store::Row>);\nimpl crate::audit::Chain for A {}";
        assert_bites("src/speech/vad.rs", text, 1, "speech", "store");
        assert_bites("src/speech/vad.rs", text, 2, "speech", "audit");
    }

    #[test]
    fn in_a_pattern_and_a_bound() {
        let text = "fn f<T: crate::store::Store>(t: T) {\n match t { crate::cli::X => {} }\n}";
        assert_bites("src/features/mod.rs", text, 1, "features", "store");
        assert_bites("src/features/mod.rs", text, 2, "features", "cli");
    }

    #[test]
    fn through_super() {
        let text = "use super::super::http::Problem;";
        assert_bites("src/store/sqlite.rs", text, 1, "store", "http");
        assert_bites(
            "src/store/mod.rs",
            "use super::http::Problem;",
            1,
            "store",
            "http",
        );
        assert_bites(
            "src/store/mod.rs",
            "use self::super::http::P;",
            1,
            "store",
            "http",
        );
    }

    #[test]
    fn through_super_of_an_inline_module() {
        let text = "mod inner {\n    fn f() { super::super::cli::run() }\n}";
        assert_bites("src/runtime/mod.rs", text, 2, "runtime", "cli");
    }

    #[test]
    fn through_the_name_of_the_library() {
        assert_bites(
            "src/audit/mod.rs",
            "use voxtrace::services::X;",
            1,
            "audit",
            "services",
        );
        assert_bites(
            "src/audit/mod.rs",
            "use ::voxtrace::services::X;",
            1,
            "audit",
            "services",
        );
    }

    #[test]
    fn inside_a_macro_call() {
        let text = "fn f() {\n    println!(\"{}\",\n        crate::http::name());\n}";
        assert_bites("src/store/mod.rs", text, 3, "store", "http");
    }

    #[test]
    fn inside_a_macro_definition() {
        let text =
            "macro_rules! m { () => {\n    $crate::http::name();\n    use crate::{cli::A};\n} }";
        assert_bites("src/store/mod.rs", text, 2, "store", "http");
        assert_bites("src/store/mod.rs", text, 3, "store", "cli");
    }

    #[test]
    fn inside_an_attribute() {
        let text = "struct A {\n    #[serde(with = \"crate::http::hex\")]\n    a: u8,\n}";
        assert_bites("src/domain/ids.rs", text, 2, "domain", "http");
        let text = "#[derive(crate::http::Dto)]\nstruct A;";
        assert_bites("src/domain/ids.rs", text, 1, "domain", "http");
    }

    #[test]
    fn inside_test_code() {
        let text = "#[cfg(test)]\nmod tests {\n    use crate::services::Ingest;\n}";
        assert_bites("src/store/blobs.rs", text, 3, "store", "services");
    }

    #[test]
    fn on_the_whole_crate() {
        for text in [
            "use crate as root;",
            "use crate::*;",
            "use crate::{self as root};",
        ] {
            assert_bites("src/store/mod.rs", text, 1, "store", "the whole crate");
        }
        assert_bites(
            "src/store/mod.rs",
            "use super::*;",
            1,
            "store",
            "the whole crate",
        );
    }

    #[test]
    fn on_a_module_that_the_table_does_not_know() {
        assert_bites(
            "src/store/mod.rs",
            "use crate::util::X;",
            1,
            "store",
            "util",
        );
    }

    #[test]
    fn of_any_module_on_one_that_it_may_not_use() {
        for (from, _) in TABLE {
            for (to, _) in TABLE
                .iter()
                .filter(|(to, _)| from != to && !allowed(from, to))
            {
                let file = format!("src/{from}/part.rs");
                assert_bites(&file, &format!("use crate::{to}::X;"), 1, from, to);
            }
        }
    }
}

mod an_edge_is_let_be {
    use super::*;

    #[track_caller]
    fn assert_quiet(file: &str, text: &str) {
        assert_none(&planted(rules::edges, file, text));
    }

    #[test]
    fn when_the_table_allows_it() {
        for (from, _) in TABLE {
            for (to, _) in TABLE.iter().filter(|(to, _)| allowed(from, to)) {
                assert_quiet(
                    &format!("src/{from}/part.rs"),
                    &format!("use crate::{to}::X;"),
                );
            }
        }
    }

    #[test]
    fn when_it_stays_in_the_module() {
        assert_quiet(
            "src/store/sqlite/case.rs",
            "use super::super::blobs::B; use crate::store::X;",
        );
        assert_quiet(
            "src/store/mod.rs",
            "mod tests { use super::*; use super::blobs::B; }",
        );
        assert_quiet(
            "src/store/mod.rs",
            "pub(crate) fn f() {} pub(in crate::store) fn g() {}",
        );
    }

    #[test]
    fn when_it_is_a_word_in_a_comment_or_text() {
        assert_quiet(
            "src/store/mod.rs",
            "/// See [`crate::http::Problem`].\nfn f() {}",
        );
        assert_quiet(
            "src/store/mod.rs",
            "fn f() { g(\"crate::http\") } macro_rules! m { () => { pub(crate) } }",
        );
    }
}

mod an_absence_bites {
    use super::*;

    #[test]
    fn on_sql_outside_the_store() {
        for sql in [
            "SELECT 1",
            "  INSERT INTO x",
            "delete from x",
            "PRAGMA x",
            "UPDATE x SET y",
        ] {
            let text = format!("const Q: &str = \"{sql}\";");
            assert_eq!(
                planted(rules::sql, "src/services/a.rs", &text).len(),
                1,
                "{sql}"
            );
            assert_none(&planted(rules::sql, "src/store/a.rs", &text));
        }
        let text = "fn f() { query!(\"SELECT a FROM b\") }";
        assert_eq!(planted(rules::sql, "src/audit/a.rs", text).len(), 1);
        assert_eq!(
            planted(rules::sql, "src/audit/a.rs", "use sqlx::Pool;").len(),
            1
        );
    }

    #[test]
    fn on_no_prose_that_resembles_sql() {
        let text = "const A: &str = \"select a voice\"; const B: &str = \"updates the index\";";
        assert_none(&planted(rules::sql, "src/cli/a.rs", text));
    }

    #[test]
    fn on_processes_outside_transcode() {
        for text in [
            "use std::process::Command;",
            "use std::process::{Command, Stdio};",
            "fn f() { std::process::Command::new(\"ffmpeg\"); }",
            "use tokio::process::Command;",
        ] {
            let found = planted(rules::processes, "src/services/a.rs", text);
            assert_eq!(found.len(), 1, "{text}");
            assert_none(&planted(rules::processes, "src/transcode/child.rs", text));
        }
        let text = "use std::process::ExitCode;";
        assert_none(&planted(rules::processes, "src/main.rs", text));
    }

    #[test]
    fn on_status_codes_outside_http() {
        let text = "use axum::http::StatusCode;";
        assert_eq!(
            planted(rules::status_codes, "src/services/a.rs", text).len(),
            1
        );
        assert_none(&planted(rules::status_codes, "src/http/a.rs", text));
    }

    #[test]
    fn on_async_files_and_clocks_in_the_core() {
        for text in [
            "async fn f() {}",
            "fn f() { g(async { 1 }) }",
            "use tokio::sync::Mutex;",
            "use std::{fs, io};",
            "fn f() { let t = std::time::SystemTime::now(); }",
            "use std::time::Instant;",
            "use std::net::TcpStream;",
        ] {
            for file in [
                "src/audio/decode.rs",
                "src/index/hnsw.rs",
                "src/pipeline/mod.rs",
            ] {
                assert_ne!(
                    planted(rules::purity, file, text),
                    Vec::<String>::new(),
                    "{text}"
                );
            }
            assert_none(&planted(rules::purity, "src/services/ingest.rs", text));
        }
    }

    #[test]
    fn on_files_except_where_they_are_named() {
        let text = "use std::fs::File;";
        assert_none(&planted(rules::purity, "src/runtime/library.rs", text));
        assert_none(&planted(rules::purity, "src/index/snapshot.rs", text));
        assert_eq!(planted(rules::purity, "src/index/exact.rs", text).len(), 1);
        let tests = "#[cfg(test)]\nmod tests { use std::fs; }";
        assert_none(&planted(rules::purity, "src/audio/decode.rs", tests));
    }

    #[test]
    fn on_long_files() {
        let text = "// A line.\n".repeat(rules::MOST_LINES + 1);
        assert_eq!(
            planted(rules::length, "src/audio/decode.rs", &text).len(),
            1
        );
    }

    #[test]
    fn on_what_would_blind_this_test() {
        for text in [
            "include!(\"../http/x.rs\");",
            "#[path = \"../http/x.rs\"] mod x;",
            "extern crate self as me;",
        ] {
            assert_eq!(
                planted(rules::blindfolds, "src/store/mod.rs", text).len(),
                1,
                "{text}"
            );
        }
    }

    #[test]
    fn on_a_reexport_at_the_root() {
        let text = "pub mod http;\npub use http::Problem;\nmod util;";
        assert_eq!(planted(rules::residents, "src/lib.rs", text).len(), 2);
    }
}
