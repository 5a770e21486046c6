//! Agreement with kaldi-native-fbank and with f64 arithmetic, on the files of `tests/golden/fbank`.
//!
//! `scripts/make_fbank_golden.py` makes them.

use std::path::{Path, PathBuf};

use ndarray::Array2;

use super::{Fbank, FbankConfig};

/// The largest difference to a reference, in nats.
const TOLERANCE: f32 = 1e-3;

/// How far below a frame's loudest bin kaldi-native-fbank's f32 transform carries
/// [`TOLERANCE`], in nats: 80 dB. Below, it is up to 0.013 from exact arithmetic on pure tones.
const REFERENCE_DEPTH: f32 = 18.4;

/// What is asked below that depth.
const DEEP_TOLERANCE: f32 = 0.02;

#[test]
fn fbank_agrees_with_kaldi_native_fbank() {
    let mut frames = 0;
    for case in cases(".fbank.npy") {
        let (found, expected) = both(&case, ".fbank.npy");
        for (frame, (found, expected)) in found.outer_iter().zip(expected.outer_iter()).enumerate()
        {
            let loudest = expected.fold(f32::MIN, |loudest, &value| loudest.max(value));
            for (bin, (found, expected)) in found.iter().zip(expected).enumerate() {
                let deep = *expected < loudest - REFERENCE_DEPTH;
                // Speech must agree at any depth.
                let tolerance = if deep && !case.starts_with("speech") {
                    DEEP_TOLERANCE
                } else {
                    TOLERANCE
                };
                assert!(
                    (found - expected).abs() < tolerance,
                    "{case}, frame {frame}, bin {bin}: {found}, expected {expected}"
                );
            }
        }
        frames += expected.nrows();
    }
    assert!(frames > 400, "only {frames} golden frames");
}

#[test]
fn fbank_agrees_with_f64_arithmetic_at_any_depth() {
    let cases = cases(".exact.npy");
    assert_eq!(cases, ["sweep", "tones"]);
    for case in cases {
        let (found, expected) = both(&case, ".exact.npy");
        let worst = (&found - &expected).fold(0f32, |worst, value| worst.max(value.abs()));
        assert!(worst < TOLERANCE / 10.0, "{case}: {worst}");
    }
}

/// Our features of a case and those of a reference, of one shape `[T, 80]`.
fn both(case: &str, reference: &str) -> (Array2<f32>, Array2<f32>) {
    let (_, samples) = read_npy(&folder().join(format!("{case}.samples.npy")));
    let (shape, values) = read_npy(&folder().join(format!("{case}{reference}")));
    let expected = Array2::from_shape_vec((shape[0], shape[1]), values).unwrap();
    let found = Fbank::new(FbankConfig::default())
        .unwrap()
        .compute(&samples);
    assert_eq!(found.dim(), expected.dim(), "{case}");
    (found, expected)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/fbank")
}

/// The names of the cases that have a file of this ending, sorted.
fn cases(ending: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(ending).map(String::from))
        .collect();
    names.sort();
    names
}

/// Shape and values of a file that `numpy.save` wrote from a C-ordered f32 array.
///
/// # Source
/// NumPy, `numpy.lib.format`, version 1.0: eight bytes of magic and version, the length of the
/// header as u16, the header as text, the values.
fn read_npy(path: &Path) -> (Vec<usize>, Vec<f32>) {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(bytes[..8], *b"\x93NUMPY\x01\x00", "{}", path.display());
    let header_end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..header_end]).unwrap();
    assert!(
        header.contains("'<f4'") && header.contains("'fortran_order': False"),
        "{header}"
    );
    let shape = header.split_once('(').unwrap().1.split_once(')').unwrap().0;
    let shape = shape
        .split(',')
        .filter_map(|side| side.trim().parse().ok())
        .collect();
    let values = bytes[header_end..].chunks_exact(4);
    (
        shape,
        values
            .map(|value| f32::from_le_bytes(value.try_into().unwrap()))
            .collect(),
    )
}
