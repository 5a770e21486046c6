//! A model on disk to a model that may be used.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use ort::ep::CPU;
use ort::logging::LogLevel;
use ort::session::Session;

use super::error::RuntimeError;
use super::golden;
use super::library::OnnxRuntime;
use super::manifest::{FILE_NAME, Manifest, Role};
use super::npy::Array;
use super::pool::{Open, SessionPool};
use crate::domain::{ModelId, Sha256};

/// A model whose file has the right hash and whose golden vectors came out.
#[derive(Debug)]
pub struct Model {
    manifest: Manifest,
    folder: PathBuf,
    sessions: SessionPool,
}

impl Model {
    /// Loads the model in `folder`, with up to `places` sessions at work at once.
    ///
    /// # Errors
    /// The manifest is wrong, the network's file has another hash, or what it computes differs
    /// from its golden vectors.
    pub fn load(
        folder: &Path,
        runtime: &OnnxRuntime,
        places: NonZeroUsize,
    ) -> Result<Self, RuntimeError> {
        let manifest = Manifest::read(folder)?;
        let open = opener(&manifest, folder, runtime);
        let sessions = SessionPool::new(manifest.id.clone(), places, open, runtime.stopwatch());
        golden::check(&manifest, folder, &sessions)?;
        Ok(Self {
            manifest,
            folder: folder.to_path_buf(),
            sessions,
        })
    }

    /// Its name.
    pub fn id(&self) -> &ModelId {
        &self.manifest.id
    }

    /// The digest of the network's file, checked.
    pub fn sha256(&self) -> Sha256 {
        self.manifest.sha256
    }

    /// What it is and promises.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where it was loaded from.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The numbers of its manifest's channels and the golden vector that they must give; none for a
    /// model without channels.
    ///
    /// # Errors
    /// A file cannot be read, is no array, or has another hash than the manifest says.
    pub fn channels(&self) -> Result<Option<(Array, Array)>, RuntimeError> {
        match &self.manifest.channels {
            Some(channels) => channels.numbers(&self.folder).map(Some),
            None => Ok(None),
        }
    }

    /// What the network must make of its golden input.
    ///
    /// # Errors
    /// The file cannot be read, or is no array.
    pub fn golden_output(&self) -> Result<Array, RuntimeError> {
        let file = self
            .manifest
            .golden
            .outputs
            .get(&self.manifest.network.output);
        Array::read(&self.folder.join(file.map_or("", String::as_str)))
    }

    /// What it runs on.
    pub fn sessions(&self) -> &SessionPool {
        &self.sessions
    }

    /// The model again, if it has the role.
    ///
    /// # Errors
    /// It has another role.
    pub fn with_role(self, expected: Role) -> Result<Self, RuntimeError> {
        let found = self.manifest.role;
        if found == expected {
            return Ok(self);
        }
        let model = self.manifest.id;
        Err(RuntimeError::WrongRole {
            model,
            found: found.to_string(),
            expected: expected.to_string(),
        })
    }
}

/// What checking one model came to.
#[derive(Debug)]
pub struct Verdict {
    /// What the model says of itself.
    pub manifest: Manifest,
    /// Whether its file has the right hash and its golden vectors came out.
    pub outcome: Result<(), RuntimeError>,
}

/// Every model in `models_folder` with its folder, in the order of their names, unchecked.
///
/// # Errors
/// The folder cannot be read, or a manifest is wrong.
pub fn list_models(models_folder: &Path) -> Result<Vec<(PathBuf, Manifest)>, RuntimeError> {
    let unreadable = |source| RuntimeError::Unreadable {
        path: models_folder.to_path_buf(),
        source,
    };
    let mut folders = Vec::new();
    for entry in fs::read_dir(models_folder).map_err(unreadable)? {
        let folder = entry.map_err(unreadable)?.path();
        if folder.join(FILE_NAME).is_file() {
            folders.push(folder);
        }
    }
    folders.sort();
    folders
        .into_iter()
        .map(|folder| Manifest::read(&folder).map(|manifest| (folder, manifest)))
        .collect()
}

/// Loads every model in `models_folder` once: what each came to, in the order of their names.
///
/// # Errors
/// The models cannot be listed.
pub fn verify(models_folder: &Path, runtime: &OnnxRuntime) -> Result<Vec<Verdict>, RuntimeError> {
    let models = list_models(models_folder)?;
    Ok(models
        .into_iter()
        .map(|(folder, manifest)| {
            let outcome = Model::load(&folder, runtime, NonZeroUsize::MIN)
                .and_then(|model| model.channels().map(drop));
            Verdict { manifest, outcome }
        })
        .collect())
}

/// Checks the hash at every opening, on the very bytes that the session is made from.
fn opener(manifest: &Manifest, folder: &Path, runtime: &OnnxRuntime) -> Open {
    let path = folder.join(&manifest.file);
    let (expected, model, runtime) = (manifest.sha256, manifest.id.clone(), runtime.clone());
    Box::new(move || {
        let bytes = fs::read(&path).map_err(|source| RuntimeError::Unreadable {
            path: path.clone(),
            source,
        })?;
        let found = Sha256::of(&bytes);
        if found != expected {
            return Err(RuntimeError::WrongHash {
                path: path.clone(),
                expected,
                found,
            });
        }
        open_session(&runtime, &bytes).map_err(|source| RuntimeError::Network {
            model: model.clone(),
            source,
        })
    })
}

/// One thread, so that the order of additions and with it every bit is the same on any machine
/// load. No arena: it would keep the memory of the longest voice for ever, and was not measurably
/// faster. Warnings only: the environment's level would log every run of a window.
fn open_session(runtime: &OnnxRuntime, bytes: &[u8]) -> ort::Result<Session> {
    Session::builder(runtime.environment())?
        .with_log_level(LogLevel::Warning)?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_memory_pattern(false)?
        .with_execution_providers([CPU::default().with_arena_allocator(false).build()])?
        .commit_from_memory(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::{models_folder, testing};

    /// A copy of the smallest model that a test may spoil.
    fn copy_of_silero() -> tempfile::TempDir {
        let source = models_folder().unwrap().join("silero-vad");
        let target = tempfile::tempdir().unwrap();
        fs::create_dir(target.path().join("golden")).unwrap();
        for file in ["model.toml", "model.onnx"] {
            fs::copy(source.join(file), target.path().join(file)).unwrap();
        }
        for entry in fs::read_dir(source.join("golden")).unwrap().flatten() {
            let name = entry.file_name();
            fs::copy(entry.path(), target.path().join("golden").join(name)).unwrap();
        }
        target
    }

    fn load(folder: &tempfile::TempDir) -> Result<Model, RuntimeError> {
        Model::load(folder.path(), &testing::runtime(), NonZeroUsize::MIN)
    }

    #[test]
    fn every_shipped_model_computes_its_golden_vectors() {
        let outcomes = verify(&models_folder().unwrap(), &testing::runtime()).unwrap();
        assert_eq!(outcomes.len(), 4);
        for Verdict { manifest, outcome } in outcomes {
            assert!(outcome.is_ok(), "{}: {outcome:?}", manifest.id);
        }
    }

    #[test]
    fn one_changed_byte_is_refused() {
        let folder = copy_of_silero();
        let path = folder.path().join("model.onnx");
        let mut bytes = fs::read(&path).unwrap();
        bytes[1_000_000] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let error = load(&folder).unwrap_err();
        assert!(
            matches!(error, RuntimeError::WrongHash { found, .. } if found == Sha256::of(&bytes))
        );
    }

    #[test]
    fn changed_numbers_of_the_channels_are_refused() {
        let source = models_folder().unwrap().join("campplus-zh-en");
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("campplus-zh-en");
        fs::create_dir_all(target.join("golden")).unwrap();
        for file in ["model.toml", "model.onnx", "channels.npy"] {
            fs::copy(source.join(file), target.join(file)).unwrap();
        }
        for file in ["feats.npy", "embedding.npy", "compensated.npy"] {
            let file = Path::new("golden").join(file);
            fs::copy(source.join(&file), target.join(&file)).unwrap();
        }
        let outcome = || {
            let mut verdicts = verify(folder.path(), &testing::runtime()).unwrap();
            verdicts.remove(0).outcome
        };
        assert!(outcome().is_ok());
        let path = target.join("channels.npy");
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(outcome(), Err(RuntimeError::WrongHash { .. })));
        fs::remove_file(&path).unwrap();
        assert!(matches!(outcome(), Err(RuntimeError::Unreadable { .. })));
    }

    #[test]
    fn a_changed_golden_number_is_refused_with_the_difference() {
        let folder = copy_of_silero();
        let path = folder.path().join("golden/output.npy");
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 4;
        let number = f32::from_le_bytes(bytes[last..].try_into().unwrap());
        bytes[last..].copy_from_slice(&(number + 0.25).to_le_bytes());
        fs::write(&path, bytes).unwrap();
        match load(&folder).unwrap_err() {
            RuntimeError::GoldenMismatch {
                output,
                difference,
                tolerance,
                ..
            } => {
                assert_eq!(output, "output");
                assert!((difference - 0.25).abs() < tolerance, "{difference}");
            }
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_golden_output_of_another_shape_is_refused() {
        let folder = copy_of_silero();
        let golden = folder.path().join("golden");
        fs::copy(golden.join("stateN.npy"), golden.join("output.npy")).unwrap();
        assert!(matches!(
            load(&folder).unwrap_err(),
            RuntimeError::Shape { .. }
        ));
    }

    #[test]
    fn a_missing_file_is_named() {
        let folder = copy_of_silero();
        fs::remove_file(folder.path().join("model.onnx")).unwrap();
        assert!(
            load(&folder)
                .unwrap_err()
                .to_string()
                .contains("model.onnx")
        );
    }

    #[test]
    fn a_model_of_another_role_is_refused() {
        let model = load(&copy_of_silero()).unwrap();
        let error = model.with_role(Role::Embedding).unwrap_err();
        assert_eq!(
            error.to_string(),
            "model silero-vad is a vad model, expected embedding"
        );
    }
}
