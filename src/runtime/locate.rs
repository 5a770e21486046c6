//! Where the library and the models are looked for when nobody says.

use std::env;
use std::path::{Path, PathBuf};

use super::error::RuntimeError;

/// The folder of models: `models` beside the binary or in a folder above it, else in the current
/// folder or one above it.
///
/// # Errors
/// There is none; every place is named.
pub fn models_folder() -> Result<PathBuf, RuntimeError> {
    first_with_models(folders())
}

/// The binary's folder and those above it, then the current folder and those above it.
pub(super) fn folders() -> Vec<PathBuf> {
    let binary = env::current_exe()
        .ok()
        .and_then(|path| path.parent().map(Path::to_path_buf));
    let mut folders: Vec<PathBuf> = Vec::new();
    for start in binary.into_iter().chain(env::current_dir().ok()) {
        for folder in start.ancestors() {
            if !folders.iter().any(|known| known == folder) {
                folders.push(folder.to_path_buf());
            }
        }
    }
    folders
}

fn first_with_models(folders: Vec<PathBuf>) -> Result<PathBuf, RuntimeError> {
    let places: Vec<_> = folders
        .into_iter()
        .map(|folder| folder.join("models"))
        .collect();
    places
        .iter()
        .find(|place| holds_a_model(place))
        .cloned()
        .ok_or(RuntimeError::ModelsNotFound { looked_at: places })
}

/// Rust's own `target` and other folders may be called `models`: only a manifest makes it ours.
fn holds_a_model(folder: &Path) -> bool {
    folder.read_dir().is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.path().join("model.toml").is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_of_the_project_are_found() {
        assert!(
            models_folder()
                .unwrap()
                .join("silero-vad/model.toml")
                .is_file()
        );
    }

    #[test]
    fn where_there_are_none_every_place_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let places = vec![folder.path().join("a"), folder.path().join("b")];
        let error = first_with_models(places).unwrap_err();
        assert!(
            matches!(error, RuntimeError::ModelsNotFound { looked_at } if looked_at.len() == 2)
        );
    }
}
