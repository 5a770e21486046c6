//! ONNX Runtime: find it, load it, keep a pool of sessions, and refuse a model that is not what
//! its manifest says.
//!
//! [`OnnxRuntime::load`] finds the shared library, [`models_folder`] the models, and
//! [`Model::load`] gives a checked [`Model`] whose [`SessionPool`] the stages run on.
//!
//! Invariant: a session has one thread, so results do not depend on how many there are.

mod cores;
mod error;
mod golden;
mod library;
mod locate;
mod manifest;
mod model;
mod npy;
mod pool;
#[cfg(test)]
pub(crate) mod testing;

pub use cores::available_cores;
pub use error::RuntimeError;
pub use library::{LibrarySearch, OnnxRuntime};
pub use locate::models_folder;
pub use manifest::{
    Channels, FrontEnd, Golden, Manifest, Mean, Network, Normalisation, Role, State,
};
pub use model::{Model, Verdict, list_models, verify};
pub use npy::Array;
pub use pool::SessionPool;
