//! Reads the chain from its start.

use super::{AuditError, row_hash};
use crate::domain::{AuditHead, AuditRow, Sha256};
use crate::store::Reader;

/// Rows read at a time.
const BATCH: u32 = 1000;

/// A chain that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verification {
    /// Number of rows.
    pub rows: u64,
    /// Hash of the last; zeros when there is none.
    pub head_hash: Sha256,
}

/// Checks every row: that its position follows, that it names the hash of the row before, and that
/// its own hash is that of its content. Memory does not grow with the chain.
///
/// # Errors
/// The first bad row and what is wrong with it, or the store could not be read.
pub async fn verify(reader: &mut dyn Reader) -> Result<Verification, AuditError> {
    let mut head = AuditHead::EMPTY;
    loop {
        let rows = reader.audit_rows(head.seq, BATCH).await?;
        if rows.is_empty() {
            return Ok(Verification {
                rows: head.seq,
                head_hash: head.hash,
            });
        }
        for row in &rows {
            head = follow(head, row)?;
        }
    }
}

fn follow(head: AuditHead, row: &AuditRow) -> Result<AuditHead, AuditError> {
    let expected = head.seq.saturating_add(1);
    if row.seq != expected {
        return Err(AuditError::Sequence {
            expected,
            found: row.seq,
        });
    }
    if row.prev_hash != head.hash {
        let (expected, found) = (head.hash, row.prev_hash);
        return Err(AuditError::PreviousHash {
            seq: row.seq,
            expected,
            found,
        });
    }
    let expected = row_hash(row);
    if row.hash != expected {
        return Err(AuditError::OwnHash {
            seq: row.seq,
            expected,
            found: row.hash,
        });
    }
    Ok(AuditHead {
        seq: row.seq,
        hash: row.hash,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn chain(length: u64) -> Vec<AuditRow> {
        let mut prev_hash = Sha256([0; 32]);
        (1..=length)
            .map(|seq| {
                let mut row = AuditRow {
                    seq,
                    at: Timestamp::from_millis(0),
                    actor: "person/a".to_owned(),
                    action: "case.opened".to_owned(),
                    object: format!("case/{seq}"),
                    detail: "{}".to_owned(),
                    prev_hash,
                    hash: Sha256([0; 32]),
                };
                row.hash = row_hash(&row);
                prev_hash = row.hash;
                row
            })
            .collect()
    }

    fn follow_all(rows: &[AuditRow]) -> Result<AuditHead, AuditError> {
        rows.iter().try_fold(AuditHead::EMPTY, follow)
    }

    #[test]
    fn a_chain_as_written_is_whole() {
        assert_eq!(follow_all(&chain(5)).unwrap().seq, 5);
    }

    #[test]
    fn a_removed_row_is_a_wrong_position() {
        let mut rows = chain(5);
        rows.remove(2);
        assert!(matches!(
            follow_all(&rows),
            Err(AuditError::Sequence {
                expected: 3,
                found: 4
            })
        ));
    }

    #[test]
    fn a_removed_row_with_the_rest_renumbered_is_a_wrong_previous_hash() {
        let mut rows = chain(5);
        rows.remove(2);
        rows.iter_mut()
            .zip(1..)
            .for_each(|(row, seq)| row.seq = seq);
        assert!(matches!(
            follow_all(&rows),
            Err(AuditError::PreviousHash { seq: 3, .. })
        ));
    }

    #[test]
    fn a_changed_row_is_a_wrong_own_hash() {
        let mut rows = chain(5);
        rows[1].actor = "person/b".to_owned();
        assert!(matches!(
            follow_all(&rows),
            Err(AuditError::OwnHash { seq: 2, .. })
        ));
    }

    #[test]
    fn a_changed_row_with_its_hash_made_anew_betrays_itself_at_the_next() {
        let mut rows = chain(5);
        rows[1].actor = "person/b".to_owned();
        rows[1].hash = row_hash(&rows[1]);
        assert!(matches!(
            follow_all(&rows),
            Err(AuditError::PreviousHash { seq: 3, .. })
        ));
    }
}
