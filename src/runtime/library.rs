//! ONNX Runtime's shared library: found, loaded once, remembered.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;

use super::error::RuntimeError;
use super::locate;
use crate::domain::Stopwatch;

/// The variable with which an operator names the library.
const WISH_VARIABLE: &str = "ORT_DYLIB_PATH";

/// Where `scripts/setup.sh` puts the library.
const PROJECT_FOLDER: &str = ".deps/onnxruntime";

/// The library can be loaded once in a process, and its environment built once: the binding
/// refuses a second one even after the first is gone.
static LOADED: Mutex<Option<OnnxRuntime>> = Mutex::new(None);

/// Where to look for the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibrarySearch {
    wish: Option<PathBuf>,
    places: Vec<PathBuf>,
    system_name: Option<PathBuf>,
}

impl LibrarySearch {
    /// `ORT_DYLIB_PATH` where it is set, and then nothing else; otherwise beside the binary, in
    /// `.deps/onnxruntime` of the folders above it and above the current one, and in the system's
    /// library path.
    pub fn standard() -> Self {
        Self::with_wish(env::var_os(WISH_VARIABLE))
    }

    /// In these files alone, in this order.
    pub fn of(places: Vec<PathBuf>) -> Self {
        Self {
            wish: None,
            places,
            system_name: None,
        }
    }

    fn with_wish(wish: Option<OsString>) -> Self {
        let folders = locate::folders();
        let beside = folders.first().map(|folder| folder.join(library_name()));
        let project = folders
            .iter()
            .map(|folder| folder.join(PROJECT_FOLDER).join(library_name()));
        Self {
            wish: wish.filter(|wish| !wish.is_empty()).map(PathBuf::from),
            places: beside.into_iter().chain(project).collect(),
            system_name: Some(PathBuf::from(library_name())),
        }
    }
}

/// ONNX Runtime, loaded; cheap to clone.
#[derive(Clone)]
pub struct OnnxRuntime {
    environment: Environment,
    library_path: PathBuf,
    stopwatch: Option<Arc<dyn Stopwatch>>,
}

impl fmt::Debug for OnnxRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnnxRuntime")
            .field("library_path", &self.library_path)
            .finish()
    }
}

impl OnnxRuntime {
    /// Loads the library from the first place of `search` that has it. Once loaded, every later
    /// call gives the same one, wherever it looks.
    ///
    /// # Errors
    /// No place has a library, or the one found cannot be used.
    pub fn load(search: &LibrarySearch) -> Result<Self, RuntimeError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = loaded.as_ref() {
            return Ok(runtime.clone());
        }
        let runtime = open_first(search)?;
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }

    /// Has models that are loaded from here on count the time that their networks take.
    #[must_use]
    pub fn timed(mut self, stopwatch: Arc<dyn Stopwatch>) -> Self {
        self.stopwatch = Some(stopwatch);
        self
    }

    /// The library that was taken; a bare file name where the system's loader found it.
    pub fn library_path(&self) -> &Path {
        &self.library_path
    }

    /// What the library says of its build.
    pub fn build_info(&self) -> &'static str {
        ort::info()
    }

    pub(super) fn stopwatch(&self) -> Option<Arc<dyn Stopwatch>> {
        self.stopwatch.clone()
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }
}

fn open_first(search: &LibrarySearch) -> Result<OnnxRuntime, RuntimeError> {
    if let Some(wish) = &search.wish {
        return open(wish);
    }
    if let Some(place) = search.places.iter().find(|place| place.is_file()) {
        return open(place);
    }
    // Only the system's loader knows its path, so a failure here means that it has none.
    search
        .system_name
        .as_deref()
        .and_then(|name| open(name).ok())
        .ok_or_else(|| {
            let looked_at = search
                .places
                .iter()
                .chain(&search.system_name)
                .cloned()
                .collect();
            RuntimeError::LibraryNotFound { looked_at }
        })
}

fn open(path: &Path) -> Result<OnnxRuntime, RuntimeError> {
    let unusable = |reason: String| RuntimeError::LibraryUnusable {
        path: path.to_path_buf(),
        reason,
    };
    let environment = ort::init_from(path)
        .map_err(|error| unusable(error.to_string()))?
        .with_name("voxtrace")
        .with_telemetry(false)
        .build()
        .map_err(|error| unusable(error.to_string()))?;
    environment.set_log_level(LogLevel::Warning);
    Ok(OnnxRuntime {
        stopwatch: None,
        environment,
        library_path: path.to_path_buf(),
    })
}

fn library_name() -> String {
    format!(
        "{}onnxruntime{}",
        env::consts::DLL_PREFIX,
        env::consts::DLL_SUFFIX
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::testing;

    #[test]
    fn the_library_of_the_project_is_taken_and_named() {
        assert!(
            testing::runtime()
                .library_path()
                .to_string_lossy()
                .contains("onnxruntime")
        );
    }

    #[test]
    fn where_there_is_none_every_place_and_the_command_are_named() {
        let search = LibrarySearch::of(vec!["/nowhere/a.so".into(), "/nowhere/b.so".into()]);
        let message = open_first(&search).unwrap_err().to_string();
        for part in [
            "/nowhere/a.so",
            "/nowhere/b.so",
            "scripts/setup.sh",
            WISH_VARIABLE,
        ] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_wish_is_never_passed_over() {
        let search = LibrarySearch::with_wish(Some("/nowhere/wished.so".into()));
        let error = open_first(&search).unwrap_err();
        assert!(matches!(error, RuntimeError::LibraryUnusable { path, .. }
            if path == Path::new("/nowhere/wished.so")));
    }

    #[test]
    fn a_file_that_is_no_library_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = open_first(&LibrarySearch::of(vec![file.path().into()])).unwrap_err();
        assert!(matches!(error, RuntimeError::LibraryUnusable { .. }));
    }
}
