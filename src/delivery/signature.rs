//! Signatures of messages, from us to a partner and from a partner to us.
//!
//! # Source
//! Standard Webhooks specification 1.0.0: `webhook-id`, `webhook-timestamp` in seconds, and
//! `webhook-signature` as `v1,` with the base64 of HMAC-SHA256 over `id.timestamp.body`; secrets
//! are written `whsec_` with base64.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;

use crate::domain::Timestamp;

/// Header of the message's id.
pub const ID_HEADER: &str = "webhook-id";
/// Header of the time at which it was signed, in seconds since 1970-01-01 UTC.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// Header of its signatures, separated by spaces.
pub const SIGNATURE_HEADER: &str = "webhook-signature";
/// Length of a key: that of the digest.
pub const KEY_BYTES: usize = 32;
/// What a secret begins with when it is shown.
const SECRET_PREFIX: &str = "whsec_";
/// Version of the scheme.
const VERSION: &str = "v1";

/// Why a message is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// The time is not readable.
    #[error("timestamp is {found:?}, expected seconds since 1970-01-01 UTC")]
    NoTimestamp {
        /// What was sent.
        found: String,
    },
    /// It was signed too long ago, or in the future.
    #[error("timestamp is {found}, expected within {tolerance_ms} ms of {now}")]
    NotNow {
        /// When it was signed.
        found: Timestamp,
        /// Present time.
        now: Timestamp,
        /// How far they may be apart.
        tolerance_ms: u64,
    },
    /// No signature is that of a valid secret.
    #[error("no signature fits, expected v1 and HMAC-SHA256 over id.timestamp.body")]
    NoneFits,
}

/// A key as the partner gets to see it.
pub fn secret_text(key: &[u8]) -> String {
    format!("{SECRET_PREFIX}{}", BASE64.encode(key))
}

fn code(key: &[u8], id: &str, timestamp_s: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut code = Hmac::<Sha256>::new_from_slice(key).ok()?;
    code.update(format!("{id}.{timestamp_s}.").as_bytes());
    code.update(body);
    Some(code)
}

/// The signature of a message with one key.
pub fn sign(key: &[u8], id: &str, timestamp_s: i64, body: &[u8]) -> String {
    // HMAC takes keys of any length, so there is always a code.
    let code = code(key, id, timestamp_s, body)
        .map_or_else(Vec::new, |code| code.finalize().into_bytes().to_vec());
    format!("{VERSION},{}", BASE64.encode(&code))
}

/// The signatures of a message with each key, as the header holds them.
pub fn signature_header<'k>(
    keys: impl IntoIterator<Item = &'k [u8]>,
    id: &str,
    timestamp_s: i64,
    body: &[u8],
) -> String {
    let signatures: Vec<String> = keys
        .into_iter()
        .map(|key| sign(key, id, timestamp_s, body))
        .collect();
    signatures.join(" ")
}

/// Whether one of the signatures in a header is that of one of the keys, and of now.
///
/// # Errors
/// Why the message is not to be believed.
pub fn verify<'k>(
    keys: impl IntoIterator<Item = &'k [u8]>,
    (id, timestamp, signatures): (&str, &str, &str),
    body: &[u8],
    now: Timestamp,
    tolerance_ms: u64,
) -> Result<(), SignatureError> {
    let timestamp_s: i64 = timestamp.parse().map_err(|_| SignatureError::NoTimestamp {
        found: timestamp.chars().take(40).collect(),
    })?;
    let signed_at = Timestamp::from_millis(timestamp_s.saturating_mul(1000));
    if now.as_millis().abs_diff(signed_at.as_millis()) > tolerance_ms {
        return Err(SignatureError::NotNow {
            found: signed_at,
            now,
            tolerance_ms,
        });
    }
    let given: Vec<Vec<u8>> = signatures
        .split(' ')
        .filter_map(|signature| signature.strip_prefix("v1,"))
        .filter_map(|encoded| BASE64.decode(encoded.as_bytes()).ok())
        .collect();
    for key in keys {
        for signature in &given {
            // The comparison takes the same time wherever the first wrong byte is.
            let fits = code(key, id, timestamp_s, body)
                .is_some_and(|code| code.verify_slice(signature).is_ok());
            if fits {
                return Ok(());
            }
        }
    }
    Err(SignatureError::NoneFits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_millis(1_614_265_330_500);

    /// The example of the specification, which its libraries carry as a test.
    #[test]
    fn the_signature_is_that_of_the_specification() {
        let key = BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        assert_eq!(
            sign(&key, id, 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert_eq!(secret_text(&key), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    fn checked(header: (&str, &str, &str), body: &[u8]) -> Result<(), SignatureError> {
        verify(
            [b"old".as_slice(), b"new".as_slice()],
            header,
            body,
            NOW,
            300_000,
        )
    }

    #[test]
    fn either_key_is_believed_and_another_is_not() {
        let signed = |key: &[u8]| sign(key, "id", 1_614_265_330, b"body");
        for key in [b"old", b"new"] {
            let header = format!("v2,abc v1,!! {}", signed(key));
            assert_eq!(checked(("id", "1614265330", &header), b"body"), Ok(()));
        }
        let other = signed(b"other");
        assert_eq!(
            checked(("id", "1614265330", &other), b"body"),
            Err(SignatureError::NoneFits)
        );
        assert_eq!(
            checked(("id", "1614265330", ""), b"body"),
            Err(SignatureError::NoneFits)
        );
    }

    #[test]
    fn an_old_or_unreadable_time_is_not_believed() {
        let signature = sign(b"new", "id", 1_614_265_000, b"body");
        assert!(matches!(
            checked(("id", "1614265000", &signature), b"body"),
            Err(SignatureError::NotNow { .. })
        ));
        for time in ["", "now", "99999999999999999999", "-9223372036854775808"] {
            assert!(
                checked(("id", time, &signature), b"body").is_err(),
                "{time}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_message_is_believed_only_as_it_was_signed(
            id in "[a-z0-9-]{1,36}", body in any::<Vec<u8>>(), at in any::<usize>(),
        ) {
            let signature = sign(b"new", &id, 1_614_265_330, &body);
            prop_assert_eq!(checked((&id, "1614265330", &signature), &body), Ok(()));
            let mut other = body.clone();
            other.push(b'.');
            prop_assert!(checked((&id, "1614265330", &signature), &other).is_err());
            if !body.is_empty() {
                let mut other = body.clone();
                other[at % body.len()] ^= 1;
                prop_assert!(checked((&id, "1614265330", &signature), &other).is_err());
            }
            prop_assert!(checked((&id, "1614265331", &signature), &body).is_err());
            prop_assert!(checked(("x", "1614265330", &signature), &body).is_err() || id == "x");
        }
    }
}
