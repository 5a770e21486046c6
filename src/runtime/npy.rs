//! Arrays of f32 in NumPy's `.npy` format, versions 1 to 3: what golden vectors and channels are kept in.
//!
//! # Source
//! NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".

use std::fs;
use std::path::Path;

use super::error::RuntimeError;
use crate::domain::Sha256;

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// More numbers than any golden array needs: 64 MiB.
const MAX_VALUES: usize = 16 << 20;

/// Numbers with their shape, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Length of each axis, outermost first.
    pub shape: Vec<usize>,
    /// The numbers; as many as the product of `shape`.
    pub values: Vec<f32>,
}

impl Array {
    /// Reads little-endian f32 in C order.
    ///
    /// # Errors
    /// The file cannot be read, is no such array, or its length is not what its header says.
    pub fn read(path: &Path) -> Result<Self, RuntimeError> {
        Self::read_with_hash(path).map(|(array, _)| array)
    }

    /// Reads the same, with the digest of the file.
    ///
    /// # Errors
    /// As [`Array::read`].
    pub fn read_with_hash(path: &Path) -> Result<(Self, Sha256), RuntimeError> {
        let bytes = fs::read(path).map_err(|source| RuntimeError::Unreadable {
            path: path.to_path_buf(),
            source,
        })?;
        let array = parse(&bytes).map_err(|reason| RuntimeError::Array {
            path: path.to_path_buf(),
            reason,
        })?;
        Ok((array, Sha256::of(&bytes)))
    }
}

fn parse(bytes: &[u8]) -> Result<Array, String> {
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or("the file is no .npy array")?;
    let (version, rest) = rest.split_at_checked(2).ok_or("the header is cut off")?;
    let length_bytes = match version {
        [1, _] => 2,
        [2 | 3, _] => 4,
        _ => {
            return Err(format!(
                "format version {version:?} is unknown, expected 1 to 3"
            ));
        }
    };
    let (length, rest) = rest
        .split_at_checked(length_bytes)
        .ok_or("the header is cut off")?;
    let length = length
        .iter()
        .rev()
        .fold(0usize, |sum, &byte| sum << 8 | usize::from(byte));
    let (header, data) = rest
        .split_at_checked(length)
        .ok_or("the header is cut off")?;
    let header = std::str::from_utf8(header).map_err(|_| "the header is no text")?;
    let shape = shape_of(header)?;
    let count = shape
        .iter()
        .try_fold(1usize, |product, &axis| product.checked_mul(axis))
        .filter(|&count| count <= MAX_VALUES)
        .ok_or_else(|| format!("shape {shape:?} exceeds {MAX_VALUES} values"))?;
    if data.len() != count * size_of::<f32>() {
        return Err(format!(
            "{} bytes follow the header, expected {}",
            data.len(),
            count * 4
        ));
    }
    let (numbers, _) = data.as_chunks::<4>();
    Ok(Array {
        shape,
        values: numbers
            .iter()
            .map(|&number| f32::from_le_bytes(number))
            .collect(),
    })
}

fn shape_of(header: &str) -> Result<Vec<usize>, String> {
    let descr = entry(header, "descr")?;
    if !descr.starts_with("'<f4'") {
        return Err(format!(
            "values are {}, expected '<f4'",
            descr.chars().take(8).collect::<String>()
        ));
    }
    if !entry(header, "fortran_order")?.starts_with("False") {
        return Err("values are in Fortran order, expected C order".into());
    }
    let shape = entry(header, "shape")?;
    let axes = shape
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .map(|(axes, _)| axes)
        .ok_or("the header has a shape without brackets")?;
    axes.split(',')
        .map(str::trim)
        .filter(|axis| !axis.is_empty())
        .map(|axis| {
            axis.parse()
                .map_err(|_| format!("axis {axis:?} is no length"))
        })
        .collect()
}

/// What follows `'key':` in the header's dictionary.
fn entry<'h>(header: &'h str, key: &str) -> Result<&'h str, String> {
    header
        .split_once(&format!("'{key}':"))
        .map(|(_, value)| value.trim_start())
        .ok_or_else(|| format!("the header has no {key}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn npy(descr: &str, shape: &str, values: &[f32]) -> Vec<u8> {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0]);
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        bytes
    }

    #[test]
    fn a_matrix_comes_back_row_by_row() {
        let array = parse(&npy("<f4", "(2, 2)", &[1.0, 2.0, 3.0, 4.0])).unwrap();
        assert_eq!(
            array,
            Array {
                shape: vec![2, 2],
                values: vec![1.0, 2.0, 3.0, 4.0]
            }
        );
    }

    #[test]
    fn a_vector_and_a_scalar_have_shapes() {
        assert_eq!(parse(&npy("<f4", "(3,)", &[0.0; 3])).unwrap().shape, [3]);
        assert_eq!(parse(&npy("<f4", "()", &[0.0])).unwrap().shape, [0usize; 0]);
    }

    #[test]
    fn a_header_that_lies_about_the_size_is_refused() {
        assert!(
            parse(&npy("<f4", "(3,)", &[0.0; 2]))
                .unwrap_err()
                .contains("expected 12")
        );
        let huge = "(99999999999, 99999999999)";
        assert!(
            parse(&npy("<f4", huge, &[]))
                .unwrap_err()
                .contains("exceeds")
        );
    }

    #[test]
    fn other_numbers_are_refused() {
        assert!(
            parse(&npy("<f8", "(1,)", &[0.0]))
                .unwrap_err()
                .contains("'<f8'")
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&[MAGIC.as_slice(), &bytes].concat());
        }
    }
}
