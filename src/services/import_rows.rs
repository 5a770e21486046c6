//! Rows of a table in batches, read on a thread of its own, so that the next batch is read while
//! the one before is written.

use std::collections::HashSet;
use std::fs::File;

use tokio::sync::mpsc;

use super::ServiceError;
use super::importing::MAX_LISTED_ERRORS;
use crate::domain::{ImportCounts, RowError};
use crate::tables::{EventFacts, Plan, Records, RowReader, TableError};

/// Batches that may be read ahead.
const BATCHES_AHEAD: usize = 2;

/// A row that is an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EventRow {
    /// Line of the file.
    pub row: u64,
    /// The row as it stands there.
    pub raw: String,
    /// What it says.
    pub facts: EventFacts,
}

/// Rows that were read together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Batch {
    /// Rows, whatever became of them.
    pub rows: u64,
    /// First and last line.
    pub lines: (u64, u64),
    /// Those that are events.
    pub events: Vec<EventRow>,
    /// Rows that are no events.
    pub refused: u64,
    /// What is wrong with those.
    pub errors: Vec<RowError>,
}

/// Batches of a table.
pub(super) struct Rows {
    batches: mpsc::Receiver<Result<Batch, TableError>>,
}

impl Rows {
    /// Begins to read behind the first `skipped` rows.
    pub(super) fn start(file: File, plan: Plan, skipped: u64, batch_rows: usize) -> Self {
        let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = read(file, &plan, skipped, batch_rows, &sender) {
                // Nobody listens any more where this fails.
                let _ = sender.blocking_send(Err(error));
            }
        });
        Self { batches }
    }

    /// The next batch; none at the end.
    ///
    /// # Errors
    /// The table cannot be read on.
    pub(super) async fn next(&mut self) -> Result<Option<Batch>, ServiceError> {
        Ok(self.batches.recv().await.transpose()?)
    }
}

fn read(
    mut file: File,
    plan: &Plan,
    skipped: u64,
    batch_rows: usize,
    sender: &mpsc::Sender<Result<Batch, TableError>>,
) -> Result<(), TableError> {
    std::io::Seek::rewind(&mut file)?;
    // Every delimiter that a plan may have is ASCII.
    let mut records = Records::new(file, plan.encoding, plan.delimiter as u8);
    let reader = RowReader::new(plan)?;
    // The header, and what an earlier try has committed.
    for _ in 0..=skipped {
        records.next_record()?;
    }
    let mut batch = Batch::default();
    while let Some(record) = records.next_record()? {
        if batch.rows == 0 {
            batch.lines.0 = record.row;
        }
        batch.lines.1 = record.row;
        batch.rows += 1;
        match reader.read(record) {
            Ok(facts) => batch.events.push(EventRow {
                row: record.row,
                raw: record.raw.to_owned(),
                facts,
            }),
            Err(errors) => {
                batch.refused += 1;
                let room = MAX_LISTED_ERRORS.saturating_sub(batch.errors.len());
                batch.errors.extend(errors.into_iter().take(room));
            }
        }
        if batch.rows as usize >= batch_rows
            && sender
                .blocking_send(Ok(std::mem::take(&mut batch)))
                .is_err()
        {
            return Ok(());
        }
    }
    if batch.rows > 0 {
        let _ = sender.blocking_send(Ok(batch));
    }
    Ok(())
}

/// What became of rows so far.
#[derive(Debug, Default)]
pub(super) struct Counting {
    /// The counts.
    pub counts: ImportCounts,
    /// The first errors.
    pub errors: Vec<RowError>,
    /// Errors that were listed before.
    listed: usize,
    /// Contents of a table that is only tried, some forty bytes a row.
    seen: HashSet<[u8; 16]>,
}

impl Counting {
    /// Counting goes on where so many errors are listed.
    pub(super) fn new(listed: usize) -> Self {
        Self {
            listed,
            ..Self::default()
        }
    }

    /// Counts a batch of a table that is only tried; `known` is what the case has.
    pub(super) fn try_batch(&mut self, batch: &Batch, known: &HashSet<[u8; 16]>) {
        let mut added = 0;
        for row in &batch.events {
            let key = row.facts.content_key;
            added += u64::from(!known.contains(&key) && self.seen.insert(key));
        }
        self.count(batch, added);
    }

    /// Counts a batch of which so many events are new. Returns the errors to be listed.
    pub(super) fn count(&mut self, batch: &Batch, added: u64) -> &[RowError] {
        self.counts.rows += batch.rows;
        self.counts.added += added;
        self.counts.duplicates += (batch.events.len() as u64).saturating_sub(added);
        self.counts.refused += batch.refused;
        let from = self.errors.len();
        let room = MAX_LISTED_ERRORS.saturating_sub(self.listed + from);
        self.errors.extend(batch.errors.iter().take(room).cloned());
        self.errors.get(from..).unwrap_or_default()
    }
}
