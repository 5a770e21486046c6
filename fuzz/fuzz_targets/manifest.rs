//! The manifest of a model.
#![no_main]

use voxtrace::runtime::Manifest;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Err(reason) = Manifest::parse(text) {
        assert!(!reason.is_empty());
    }
});
