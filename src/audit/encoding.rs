//! One sequence of bytes for one row, and its hash.
//!
//! ```text
//! encoding = version       1 byte, 1
//!            seq           8 bytes, unsigned, big-endian
//!            at            8 bytes, signed, big-endian, ms since 1970-01-01 UTC
//!            actor, action, object, detail
//!                          each 8 bytes of length in bytes, big-endian, then UTF-8
//! hash     = SHA-256("voxtrace audit row\n" || prev_hash, 32 bytes || encoding)
//! ```
//!
//! Every field has a fixed length or says its length, so no two rows have the same encoding. The
//! prefix keeps the hash of a row from being the hash of anything else. `scripts/audit_golden.py`
//! computes the same hashes.

use sha2::Digest;

use crate::domain::{AuditRow, Sha256};

/// Format of the encoding. Another format gets another number, and old rows keep theirs.
const VERSION: u8 = 1;

/// What sets the hash of a row apart from all other uses of SHA-256.
const DOMAIN: &[u8] = b"voxtrace audit row\n";

/// The canonical encoding of a row, without its hashes.
pub fn encode(row: &AuditRow) -> Vec<u8> {
    let texts = [&row.actor, &row.action, &row.object, &row.detail];
    let mut bytes = Vec::with_capacity(64 + texts.iter().map(|text| text.len()).sum::<usize>());
    bytes.push(VERSION);
    bytes.extend_from_slice(&row.seq.to_be_bytes());
    bytes.extend_from_slice(&row.at.as_millis().to_be_bytes());
    for text in texts {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

/// The hash that a row should carry, over its content and the hash of the row before that it names.
pub fn row_hash(row: &AuditRow) -> Sha256 {
    let mut hasher = sha2::Sha256::new();
    hasher.update(DOMAIN);
    hasher.update(row.prev_hash.0);
    hasher.update(encode(row));
    Sha256(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::canonical_json;
    use crate::domain::Timestamp;
    use proptest::prelude::*;

    const GOLDEN: &str = include_str!("golden.json");

    #[test]
    fn hashes_equal_those_of_the_independent_script() {
        let golden: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
        let rows = golden["rows"].as_array().unwrap();
        assert!(rows.len() >= 3);
        let mut prev_hash = Sha256([0; 32]);
        for row in rows {
            let detail = canonical_json(&row["detail"]);
            assert_eq!(detail, row["canonical_detail"]);
            let row_in = AuditRow {
                seq: row["seq"].as_u64().unwrap(),
                at: Timestamp::from_millis(row["at"].as_i64().unwrap()),
                actor: row["actor"].as_str().unwrap().to_owned(),
                action: row["action"].as_str().unwrap().to_owned(),
                object: row["object"].as_str().unwrap().to_owned(),
                detail,
                prev_hash,
                hash: Sha256([0; 32]),
            };
            assert_eq!(row_hash(&row_in).to_string(), row["hash"]);
            prev_hash = row_hash(&row_in);
        }
    }

    fn any_row() -> impl Strategy<Value = AuditRow> {
        (
            0u64..3,
            -1i64..2,
            "[ab]{0,2}",
            "[ab]{0,2}",
            "[ab]{0,2}",
            "[ab]{0,2}",
        )
            .prop_map(|(seq, at, actor, action, object, detail)| AuditRow {
                seq,
                at: Timestamp::from_millis(at),
                actor,
                action,
                object,
                detail,
                prev_hash: Sha256([0; 32]),
                hash: Sha256([0; 32]),
            })
    }

    proptest! {
        #[test]
        fn two_rows_share_an_encoding_only_when_they_are_one(left in any_row(), right in any_row()) {
            prop_assert_eq!(encode(&left) == encode(&right), left == right);
        }
    }

    #[test]
    fn text_moved_from_one_field_to_the_next_changes_the_encoding() {
        let row = |actor: &str, action: &str| AuditRow {
            seq: 1,
            at: Timestamp::from_millis(0),
            actor: actor.to_owned(),
            action: action.to_owned(),
            object: String::new(),
            detail: String::new(),
            prev_hash: Sha256([0; 32]),
            hash: Sha256([0; 32]),
        };
        assert_ne!(encode(&row("ab", "c")), encode(&row("a", "bc")));
    }
}
