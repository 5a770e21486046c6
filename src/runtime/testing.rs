//! The real runtime and the real models, for tests of any module.

use std::num::NonZeroUsize;

use super::{Array, LibrarySearch, Model, OnnxRuntime, models_folder};

/// The library that the set-up put in place.
pub(crate) fn runtime() -> OnnxRuntime {
    OnnxRuntime::load(&LibrarySearch::standard())
        .unwrap_or_else(|error| panic!("the tests need the set-up: {error}"))
}

/// A shipped model.
pub(crate) fn model(id: &str, places: usize) -> Model {
    let folder = models_folder().unwrap().join(id);
    Model::load(&folder, &runtime(), NonZeroUsize::new(places).unwrap()).unwrap()
}

/// One of a shipped model's golden arrays.
pub(crate) fn golden(id: &str, name: &str) -> Array {
    Array::read(
        &models_folder()
            .unwrap()
            .join(id)
            .join(format!("golden/{name}.npy")),
    )
    .unwrap()
}
