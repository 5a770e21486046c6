//! A CSV manifest of recordings: `path,case_no,caller,callee,started_at,direction,source,note`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::domain::{CallFacts, Direction, Timestamp};

/// One recording to be ingested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) case_no: Option<String>,
    pub(super) call: CallFacts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    path: PathBuf,
    #[serde(default)]
    case_no: Option<String>,
    #[serde(default)]
    caller: Option<String>,
    #[serde(default)]
    callee: Option<String>,
    #[serde(default)]
    started_at: Option<String>,
    #[serde(default)]
    direction: Option<String>,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    note: Option<String>,
}

/// Reads a manifest; paths are relative to its folder. Every row is checked before the first file
/// is touched.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Entry>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .with_context(|| format!("cannot read manifest {}", path.display()))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut entries = Vec::new();
    for (index, row) in reader.deserialize::<Row>().enumerate() {
        // The heading is line 1.
        let line = index + 2;
        let entry = row
            .map_err(anyhow::Error::from)
            .and_then(|row| entry_of(row, folder))
            .with_context(|| format!("manifest {} line {line}", path.display()))?;
        entries.push(entry);
    }
    Ok(entries)
}

fn entry_of(row: Row, folder: &Path) -> anyhow::Result<Entry> {
    if row.path.as_os_str().is_empty() {
        bail!("path is empty, expected a file relative to the manifest");
    }
    let text = |value: Option<String>| value.filter(|value| !value.is_empty());
    let started_at = match text(row.started_at) {
        None => None,
        Some(value) => Some(Timestamp::parse(&value).with_context(|| {
            format!("started_at is {value:?}, expected a time like 2026-01-31T08:00:00Z")
        })?),
    };
    let direction = match text(row.direction).as_deref() {
        None => None,
        Some("inbound") => Some(Direction::Inbound),
        Some("outbound") => Some(Direction::Outbound),
        Some(other) => bail!("direction is {other:?}, expected inbound or outbound"),
    };
    Ok(Entry {
        path: folder.join(row.path),
        case_no: text(row.case_no),
        call: CallFacts {
            caller: text(row.caller),
            callee: text(row.callee),
            started_at,
            direction,
            source: text(row.source),
            note: text(row.note),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> anyhow::Result<Vec<Entry>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.csv");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn empty_cells_are_unknown_and_paths_are_relative_to_the_manifest() {
        let entries = manifest(
            "path,case_no,caller,callee,started_at,direction,source,note\n\
             a/b.wav,2026-1,,+12025550101,2026-01-31T08:00:00+08:00,inbound,,\n",
        )
        .unwrap();
        let entry = &entries[0];
        assert!(entry.path.ends_with("a/b.wav"));
        assert_eq!(entry.call.caller, None);
        assert_eq!(entry.call.direction, Some(Direction::Inbound));
        assert_eq!(
            entry.call.started_at.unwrap().to_string(),
            "2026-01-31T00:00:00.000Z"
        );
    }

    #[test]
    fn a_bad_row_names_its_line_and_what_was_expected() {
        let error = manifest("path,direction\na.wav,inbound\nb.wav,sideways\n").unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains("line 3"), "{text}");
        assert!(
            text.contains("\"sideways\", expected inbound or outbound"),
            "{text}"
        );
        let unknown = format!("{:#}", manifest("path,colour\na.wav,red\n").unwrap_err());
        assert!(unknown.contains("colour"), "{unknown}");
    }
}
