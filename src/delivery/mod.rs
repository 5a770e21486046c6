//! Signed messages to partners: which addresses may be called, the call itself, and the signature.
//!
//! Who is told what, and when it is tried again, is decided elsewhere. A call goes to one address
//! that was looked up and checked beforehand, follows no redirect, and reads no more of the answer
//! than its status.

mod address;
mod sender;
mod settings;
mod signature;
mod target;
#[cfg(test)]
mod tests;

pub use address::{AddressPolicy, AddressRange, AddressRangeError};
pub use sender::{SendError, Sender, SignedMessage};
pub use settings::WebhookSettings;
pub use signature::{
    ID_HEADER, KEY_BYTES, SIGNATURE_HEADER, SignatureError, TIMESTAMP_HEADER, secret_text, sign,
    signature_header, verify,
};
pub use target::{Target, TargetError};
