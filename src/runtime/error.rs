//! Why there is no runtime or no model.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::domain::{ModelId, Sha256};

/// What went wrong, by what the operator can do about it.
#[derive(Debug, Error)]
pub enum RuntimeError {
    /// Run the set-up, or say where the library is.
    #[error(
        "ONNX Runtime was not found, looked at {}: run scripts/setup.sh, or set ORT_DYLIB_PATH",
        listed(.looked_at)
    )]
    LibraryNotFound {
        /// Every place, in order.
        looked_at: Vec<PathBuf>,
    },
    /// The library is damaged, too old, or for another machine: remove it and run the set-up.
    #[error("ONNX Runtime at {} cannot be used, {reason}: run scripts/setup.sh", .path.display())]
    LibraryUnusable {
        /// The library.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// Run from the project's folder, or put `models` beside the binary.
    #[error("no folder of models was found, looked at {}", listed(.looked_at))]
    ModelsNotFound {
        /// Every place, in order.
        looked_at: Vec<PathBuf>,
    },
    /// Correct the model.toml.
    #[error("manifest {}: {reason}", .path.display())]
    Manifest {
        /// The model.toml.
        path: PathBuf,
        /// What is wrong with it, and where.
        reason: String,
    },
    /// Restore the file, or its permissions.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Restore the array of golden numbers.
    #[error("array {}: {reason}", .path.display())]
    Array {
        /// The `.npy` file.
        path: PathBuf,
        /// What was found, and what was expected.
        reason: String,
    },
    /// The network is not the one that the manifest names: restore it.
    #[error("model file {} has SHA-256 {found}, expected {expected}", .path.display())]
    WrongHash {
        /// The network's file.
        path: PathBuf,
        /// What the manifest says.
        expected: Sha256,
        /// What the file has.
        found: Sha256,
    },
    /// The network computes something else here: do not use it.
    #[error(
        "model {model} differs from its golden output {output} by {difference}, tolerance {tolerance}"
    )]
    GoldenMismatch {
        /// The model.
        model: ModelId,
        /// The output that differs.
        output: String,
        /// The largest absolute difference.
        difference: f32,
        /// What the manifest allows.
        tolerance: f32,
    },
    /// The network's output has another shape than the golden one.
    #[error("model {model} gives output {output} the shape {found:?}, expected {expected:?}")]
    Shape {
        /// The model.
        model: ModelId,
        /// The output.
        output: String,
        /// The shape that was promised.
        expected: Vec<usize>,
        /// The shape that came.
        found: Vec<usize>,
    },
    /// The model cannot be used for this: load one of the other role.
    #[error("model {model} is a {found} model, expected {expected}")]
    WrongRole {
        /// The model.
        model: ModelId,
        /// What it is.
        found: String,
        /// What was needed.
        expected: String,
    },
    /// The network could not be opened or run.
    #[error("model {model}: {source}")]
    Network {
        /// The model.
        model: ModelId,
        /// What ONNX Runtime said.
        source: ort::Error,
    },
}

fn listed(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
