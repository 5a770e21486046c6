//! The table of modules, and the rules that a file is held to.

use crate::source::{Reach, Source, Target, Word};

/// What a module may use besides `domain` and itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// Not even `domain`.
    Nothing,
    /// These modules.
    These(&'static [&'static str]),
    /// Every module that stands above it in the table.
    AllAbove,
    /// Every module.
    All,
}

impl Allowance {
    /// As the table in `ARCHITECTURE.md` says it.
    pub fn in_words(self) -> String {
        match self {
            Allowance::Nothing | Allowance::These([]) => "nothing".to_owned(),
            Allowance::These(modules) => modules
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", "),
            Allowance::AllAbove => "all above".to_owned(),
            Allowance::All => "all".to_owned(),
        }
    }
}

/// The house, from the ground up. `ARCHITECTURE.md` has the same table for people.
pub const TABLE: &[(&str, Allowance)] = &[
    ("domain", Allowance::Nothing),
    ("audio", Allowance::These(&[])),
    ("speech", Allowance::These(&["audio", "runtime"])),
    ("features", Allowance::These(&[])),
    ("runtime", Allowance::These(&[])),
    ("embedding", Allowance::These(&["features", "runtime"])),
    ("pipeline", Allowance::AllAbove),
    ("scoring", Allowance::These(&["embedding"])),
    ("evaluation", Allowance::These(&["scoring"])),
    ("index", Allowance::These(&["embedding"])),
    ("linking", Allowance::These(&["scoring"])),
    ("alerting", Allowance::These(&[])),
    ("entities", Allowance::These(&[])),
    ("tables", Allowance::These(&["entities"])),
    ("graph", Allowance::These(&[])),
    ("store", Allowance::These(&[])),
    ("audit", Allowance::These(&["store"])),
    ("access", Allowance::These(&["store"])),
    ("transcode", Allowance::These(&["audio"])),
    ("delivery", Allowance::These(&[])),
    (
        "report",
        Allowance::These(&["scoring", "linking", "evaluation"]),
    ),
    ("services", Allowance::AllAbove),
    ("jobs", Allowance::These(&["services", "store"])),
    ("http", Allowance::These(&["services", "access"])),
    ("config", Allowance::All),
    ("cli", Allowance::All),
    ("main", Allowance::All),
];

/// Modules that do no I/O, no async and read no clock.
const PURE: &[&str] = &[
    "domain",
    "audio",
    "speech",
    "features",
    "runtime",
    "embedding",
    "pipeline",
    "scoring",
    "evaluation",
    "index",
    "linking",
    "alerting",
    "entities",
    "tables",
    "graph",
];

/// Where a pure module may touch files all the same, and why.
const FILE_EXCEPTIONS: &[(&[&str], &str)] = &[
    (&["runtime"], "loads the library and the models"),
    (
        &["index", "snapshot"],
        "keeps a derived copy that can be rebuilt",
    ),
];

/// Where a pure module may read the clock all the same: `domain::time` has the one real `Clock`.
const CLOCK_EXCEPTIONS: &[&[&str]] = &[&["domain", "time"]];

/// Most lines of a file: above it, a file has a seam to be split along.
pub const MOST_LINES: usize = 450;

/// Whether the table lets `from` use `to`.
pub fn allowed(from: &str, to: &str) -> bool {
    let Some(row) = TABLE.iter().position(|(name, _)| *name == from) else {
        return false;
    };
    let known = TABLE.iter().position(|(name, _)| *name == to);
    match (TABLE[row].1, known) {
        (_, None) | (Allowance::Nothing, Some(_)) => false,
        (Allowance::These(modules), Some(_)) => to == "domain" || modules.contains(&to),
        (Allowance::AllAbove, Some(column)) => column < row,
        (Allowance::All, Some(_)) => true,
    }
}

fn home(source: &Source) -> &str {
    source.module.first().map_or("the root", String::as_str)
}

/// Edges that the table forbids.
pub fn edges(source: &Source) -> Vec<String> {
    let from = home(source);
    let mut found = Vec::new();
    for path in &source.paths {
        let to = match path.target() {
            Target::Elsewhere => continue,
            Target::Module(to) if to == from => continue,
            Target::Module(to) if allowed(from, &to) => continue,
            Target::Module(to) => to,
            // The binary's own root is not the library's.
            Target::Root if from == "main" => continue,
            Target::Root => "the whole crate".to_owned(),
        };
        let may = TABLE.iter().find(|(name, _)| *name == from).map_or_else(
            || "nothing".to_owned(),
            |(_, allowance)| allowance.in_words(),
        );
        found.push(format!(
            "{}:{}: `{from}` uses `{to}` ({}), but besides `domain` it may use {may}",
            source.file,
            path.line,
            path.written(),
        ));
    }
    found
}

/// Ways of writing an edge that this test would not see.
pub fn blindfolds(source: &Source) -> Vec<String> {
    let complain = |word: &Word| {
        format!(
            "{}:{}: `{}` hides edges from this test",
            source.file, word.line, word.text
        )
    };
    source.blindfolds.iter().map(complain).collect()
}

/// SQL outside `store`.
pub fn sql(source: &Source) -> Vec<String> {
    if home(source) == "store" {
        return Vec::new();
    }
    let texts = source
        .strings
        .iter()
        .filter(|word| is_sql(&word.text))
        .map(|word| {
            format!(
                "{}:{}: SQL outside `store`: {:?}",
                source.file, word.line, word.text
            )
        });
    let paths = source
        .paths
        .iter()
        .filter(|path| path.segments[0] == "sqlx")
        .map(|path| {
            format!(
                "{}:{}: `{}` outside `store`",
                source.file,
                path.line,
                path.written()
            )
        });
    texts.chain(paths).collect()
}

/// "select" and "update" are also English, so they count only in capitals.
fn is_sql(text: &str) -> bool {
    let text = text.trim_start();
    let capitals = text.to_ascii_uppercase();
    let loud = ["SELECT ", "SELECT\n", "UPDATE "];
    let any = ["INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "PRAGMA "];
    loud.iter().any(|word| text.starts_with(word))
        || any.iter().any(|word| capitals.starts_with(word))
}

/// Status codes outside `http`.
pub fn status_codes(source: &Source) -> Vec<String> {
    if home(source) == "http" {
        return Vec::new();
    }
    let knows = source
        .paths
        .iter()
        .filter(|path| path.segments.iter().any(|s| s == "StatusCode"));
    knows
        .map(|path| {
            format!(
                "{}:{}: `{}` outside `http`",
                source.file,
                path.line,
                path.written()
            )
        })
        .collect()
}

/// I/O, async and clocks where there must be none.
pub fn purity(source: &Source) -> Vec<String> {
    if !PURE.contains(&home(source)) {
        return Vec::new();
    }
    let complain =
        |line: usize, what: &str| format!("{}:{line}: {what} in `{}`", source.file, home(source));
    let mut found: Vec<String> = source
        .asyncs
        .iter()
        .map(|line| complain(*line, "`async`"))
        .collect();
    for path in &source.paths {
        let starts = |start: &[&str]| {
            path.segments.len() >= start.len()
                && path
                    .segments
                    .iter()
                    .zip(start)
                    .all(|(found, wanted)| found == wanted)
        };
        let ends_in = |word: &str| path.segments.iter().any(|segment| segment == word);
        let files = starts(&["std", "fs"]) && path.reach == Reach::Program;
        let clock = ends_in("SystemTime") || ends_in("Instant");
        let impure = starts(&["tokio"])
            || starts(&["std", "net"])
            || (files && !excepted(source, FILE_EXCEPTIONS.iter().map(|(module, _)| *module)))
            || (clock && !excepted(source, CLOCK_EXCEPTIONS.iter().copied()));
        if impure {
            found.push(complain(path.line, &format!("`{}`", path.written())));
        }
    }
    found
}

/// Processes started outside `transcode`.
pub fn processes(source: &Source) -> Vec<String> {
    if home(source) == "transcode" {
        return Vec::new();
    }
    let starts = source
        .paths
        .iter()
        .filter(|path| path.reach == Reach::Program && path.segments.len() > 2)
        .filter(|path| {
            path.segments[1] == "process"
                && ["std", "tokio"].contains(&path.segments[0].as_str())
                && path.segments[2] == "Command"
        });
    starts
        .map(|path| {
            format!(
                "{}:{}: `{}` outside `transcode`",
                source.file,
                path.line,
                path.written()
            )
        })
        .collect()
}

fn excepted<'a>(source: &Source, mut exceptions: impl Iterator<Item = &'a [&'a str]>) -> bool {
    exceptions.any(|module| {
        source.module.len() >= module.len()
            && source
                .module
                .iter()
                .zip(module)
                .all(|(found, named)| found == named)
    })
}

/// Files that are too long.
pub fn length(source: &Source) -> Vec<String> {
    if source.lines <= MOST_LINES {
        return Vec::new();
    }
    vec![format!(
        "{}: {} lines are above the limit of {MOST_LINES}: split it along a seam of the domain",
        source.file, source.lines
    )]
}

/// At the root of the library: modules that the table does not know, and anything that is no
/// module, since a re-export there would be a way round the table.
pub fn residents(source: &Source) -> Vec<String> {
    if !source.module.is_empty() {
        return Vec::new();
    }
    let strangers = source
        .declares
        .iter()
        .filter(|module| !TABLE.iter().any(|(name, _)| name == module))
        .map(|module| format!("{}: module `{module}` is not in the table", source.file));
    let others = source.other_items.iter().map(|line| {
        format!(
            "{}:{line}: the root of the library declares modules and nothing else",
            source.file
        )
    });
    strangers.chain(others).collect()
}
