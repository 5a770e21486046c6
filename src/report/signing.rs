//! Who issued a report: Ed25519 keys, their ids, and signatures over findings.
//!
//! ```text
//! message = "voxtrace comparison 1\n" or "voxtrace evaluation 1\n", then the findings as canonical JSON
//! key id  = SHA-256 of the public key as SubjectPublicKeyInfo (DER)
//! ```
//!
//! Keys are PEM files that OpenSSL reads and writes, so a signature can be checked without Voxtrace.
//!
//! # Source
//! RFC 8032, section 5.1 (Ed25519); RFC 8410, sections 4 and 7 (how its keys are written).

use std::fmt;

use data_encoding::BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::Sha256;

/// Length of a private key and of a public one.
pub const KEY_BYTES: usize = 32;
/// Length of a signature.
const SIGNATURE_BYTES: usize = 64;
/// Name of the way of signing.
const ALGORITHM: &str = "Ed25519";
/// What a private key begins with as PKCS #8, and a public one as SubjectPublicKeyInfo.
///
/// # Source
/// RFC 8410, sections 4 and 7: the object id 1.3.101.112 and the lengths around 32 bytes.
const PRIVATE_HEAD: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const PUBLIC_HEAD: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
const PRIVATE: &str = "PRIVATE KEY";
const PUBLIC: &str = "PUBLIC KEY";

/// What a signature is about. The same bytes as another kind of findings have another signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedKind {
    /// Findings of a comparison.
    Comparison,
    /// Result of an evaluation.
    Evaluation,
}

impl SignedKind {
    /// The message that is signed.
    pub fn message(self, canonical: &str) -> Vec<u8> {
        let head = match self {
            Self::Comparison => "voxtrace comparison 1\n",
            Self::Evaluation => "voxtrace evaluation 1\n",
        };
        [head.as_bytes(), canonical.as_bytes()].concat()
    }
}

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// It is no PEM of the kind.
    #[error("no line -----BEGIN {expected}----- with its end was found, expected one")]
    NoPem {
        /// What the PEM should hold.
        expected: &'static str,
    },
    /// What stands between the lines is no base64.
    #[error("what stands between the lines of the PEM is no base64")]
    NoBase64,
    /// It is as long as no key of the kind is.
    #[error("the PEM holds {found} bytes, expected {expected}, those of an Ed25519 key")]
    Length {
        /// Bytes that are there.
        found: usize,
        /// Bytes of such a key.
        expected: usize,
    },
    /// It is a key of another way of signing.
    #[error("the key is not one of Ed25519, expected the object id 1.3.101.112")]
    OtherAlgorithm,
    /// No point of the curve.
    #[error("the public key is no point of the curve of Ed25519")]
    NoPoint,
}

/// Why a signature is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReportSignatureError {
    /// It is not written as one.
    #[error("the signature cannot be read: {what} is {found}, expected {expected}")]
    Malformed {
        /// Which part.
        what: &'static str,
        /// What it is.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The public key beside it is none.
    #[error("the public key beside the signature cannot be used: {0}")]
    Key(#[from] KeyError),
    /// The public key beside it has another id.
    #[error("the signature names the key {named}, the public key beside it has the id {found}")]
    KeyId {
        /// Id that stands there.
        named: Sha256,
        /// Id of the public key.
        found: Sha256,
    },
    /// It is that of another key, or of other findings.
    #[error(
        "the signature does not fit: the findings were changed after the key {key_id} signed them, or \
         that key never did"
    )]
    DoesNotFit {
        /// Key that it names.
        key_id: Sha256,
    },
    /// It is that of a key which was not expected.
    #[error(
        "the report is signed with the key {found}, expected {}",
        listed(expected)
    )]
    OtherKey {
        /// Key that signed.
        found: Sha256,
        /// Keys that were expected.
        expected: Vec<Sha256>,
    },
}

fn listed(ids: &[Sha256]) -> String {
    let ids: Vec<String> = ids.iter().map(Sha256::to_string).collect();
    ids.join(" or ")
}

/// A key that signs.
#[derive(Clone)]
pub struct ReportKey(SigningKey);

impl fmt::Debug for ReportKey {
    /// Its id alone: a log is no place for a private key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReportKey({})", self.public().id())
    }
}

impl ReportKey {
    /// A key from random bytes.
    pub fn from_seed(seed: [u8; KEY_BYTES]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// Reads a private key.
    ///
    /// # Errors
    /// It is no PEM of PKCS #8 with a key of Ed25519.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        Ok(Self::from_seed(key_of(text, PRIVATE, &PRIVATE_HEAD)?))
    }

    /// The key as PEM.
    pub fn to_pem(&self) -> String {
        pem(PRIVATE, &PRIVATE_HEAD, &self.0.to_bytes())
    }

    /// The key that checks its signatures.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs findings; the same findings always give the same signature.
    pub fn sign(&self, kind: SignedKind, canonical: &str) -> ReportSignature {
        let signature = self.0.sign(&kind.message(canonical));
        let public = self.public();
        ReportSignature {
            algorithm: ALGORITHM.to_owned(),
            key_id: public.id(),
            public_key: BASE64.encode(public.0.as_bytes()),
            signature: BASE64.encode(&signature.to_bytes()),
        }
    }
}

/// A key that checks signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads a public key.
    ///
    /// # Errors
    /// It is no PEM of a SubjectPublicKeyInfo with a key of Ed25519.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        Self::from_bytes(&key_of(text, PUBLIC, &PUBLIC_HEAD)?)
    }

    fn from_bytes(bytes: &[u8; KEY_BYTES]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NoPoint)?;
        Ok(Self(key))
    }

    /// The key as PEM.
    pub fn to_pem(&self) -> String {
        pem(PUBLIC, &PUBLIC_HEAD, self.0.as_bytes())
    }

    /// Its id: SHA-256 of its DER.
    pub fn id(&self) -> Sha256 {
        Sha256::of(&[PUBLIC_HEAD.as_slice(), self.0.as_bytes()].concat())
    }
}

/// A signature with the key that checks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportSignature {
    /// `Ed25519`.
    pub algorithm: String,
    /// Id of the key.
    pub key_id: Sha256,
    /// Public key in base64, 32 bytes.
    pub public_key: String,
    /// Signature in base64, 64 bytes.
    pub signature: String,
}

impl ReportSignature {
    /// The key that signed `canonical`.
    ///
    /// # Errors
    /// It is not readable, or not that of these findings.
    pub fn check(
        &self,
        kind: SignedKind,
        canonical: &str,
    ) -> Result<PublicKey, ReportSignatureError> {
        if self.algorithm != ALGORITHM {
            return Err(ReportSignatureError::Malformed {
                what: "algorithm",
                found: format!("{:?}", shortened(&self.algorithm)),
                expected: "\"Ed25519\"",
            });
        }
        let public: [u8; KEY_BYTES] =
            decoded("public_key", &self.public_key, "32 bytes in base64")?;
        let signature: [u8; SIGNATURE_BYTES] =
            decoded("signature", &self.signature, "64 bytes in base64")?;
        let public = PublicKey::from_bytes(&public)?;
        let (named, found) = (self.key_id, public.id());
        if named != found {
            return Err(ReportSignatureError::KeyId { named, found });
        }
        // Strict: keys of small order, with which one signature fits many messages, are refused.
        let fits = public
            .0
            .verify_strict(&kind.message(canonical), &Signature::from_bytes(&signature));
        match fits {
            Ok(()) => Ok(public),
            Err(_) => Err(ReportSignatureError::DoesNotFit { key_id: named }),
        }
    }
}

fn decoded<const N: usize>(
    what: &'static str,
    text: &str,
    expected: &'static str,
) -> Result<[u8; N], ReportSignatureError> {
    let bytes = BASE64.decode(text.as_bytes()).ok();
    let bytes = bytes.and_then(|bytes| <[u8; N]>::try_from(bytes).ok());
    bytes.ok_or_else(|| ReportSignatureError::Malformed {
        what,
        found: format!("{:?}", shortened(text)),
        expected,
    })
}

/// Enough of a text to recognise it.
fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}

fn pem(kind: &str, head: &[u8], key: &[u8]) -> String {
    let body = BASE64.encode(&[head, key].concat());
    format!("-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n")
}

/// The key of a PEM that begins with `head`.
fn key_of(text: &str, kind: &'static str, head: &[u8]) -> Result<[u8; KEY_BYTES], KeyError> {
    let none = || KeyError::NoPem { expected: kind };
    let (_, rest) = text
        .split_once(&format!("-----BEGIN {kind}-----"))
        .ok_or_else(none)?;
    let (body, _) = rest
        .split_once(&format!("-----END {kind}-----"))
        .ok_or_else(none)?;
    let body: String = body.split_whitespace().collect();
    let bytes = BASE64
        .decode(body.as_bytes())
        .map_err(|_| KeyError::NoBase64)?;
    let expected = head.len() + KEY_BYTES;
    if bytes.len() != expected {
        return Err(KeyError::Length {
            found: bytes.len(),
            expected,
        });
    }
    let key = bytes
        .strip_prefix(head)
        .and_then(|key| <[u8; KEY_BYTES]>::try_from(key).ok());
    key.ok_or(KeyError::OtherAlgorithm)
}

#[cfg(test)]
mod tests;
