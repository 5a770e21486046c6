//! Does the network compute here what it computed where the model was made?

use std::path::Path;

use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;

use super::error::RuntimeError;
use super::manifest::Manifest;
use super::npy::Array;
use super::pool::SessionPool;

/// Runs the golden inputs and compares every golden output.
///
/// # Errors
/// An output differs by more than the manifest's tolerance, or is not a number, or has another
/// shape; or the arrays cannot be read.
pub(super) fn check(
    manifest: &Manifest,
    folder: &Path,
    sessions: &SessionPool,
) -> Result<(), RuntimeError> {
    let read = |file: &String| Array::read(&folder.join(file));
    let mut inputs = Vec::new();
    for (name, file) in &manifest.golden.inputs {
        inputs.push((name.as_str(), read(file)?));
    }
    let names: Vec<&str> = manifest.golden.outputs.keys().map(String::as_str).collect();
    let found = sessions.with(|session| {
        let mut feed: Vec<(&str, SessionInputValue<'_>)> = Vec::new();
        for (name, array) in inputs {
            feed.push((
                name,
                Tensor::from_array((array.shape, array.values))?.into(),
            ));
        }
        outputs(session, feed, &names)
    })?;
    for ((name, file), found) in manifest.golden.outputs.iter().zip(found) {
        compare(manifest, name, &read(file)?, &found)?;
    }
    Ok(())
}

fn outputs(
    session: &mut Session,
    feed: Vec<(&str, SessionInputValue<'_>)>,
    names: &[&str],
) -> ort::Result<Vec<Array>> {
    let answer = session.run(feed)?;
    names
        .iter()
        .map(|name| {
            let value = answer
                .get(name)
                .ok_or_else(|| ort::Error::new(format!("the network has no output {name}")))?;
            let (shape, values) = value.try_extract_tensor::<f32>()?;
            // Lengths of real tensors are never negative.
            let shape = shape
                .iter()
                .map(|&axis| axis.unsigned_abs() as usize)
                .collect();
            Ok(Array {
                shape,
                values: values.to_vec(),
            })
        })
        .collect()
}

fn compare(
    manifest: &Manifest,
    output: &str,
    expected: &Array,
    found: &Array,
) -> Result<(), RuntimeError> {
    let model = manifest.id.clone();
    let output = output.to_owned();
    if expected.shape != found.shape {
        let (expected, found) = (expected.shape.clone(), found.shape.clone());
        return Err(RuntimeError::Shape {
            model,
            output,
            expected,
            found,
        });
    }
    let tolerance = manifest.golden.tolerance;
    let difference = largest_difference(&expected.values, &found.values);
    if difference <= tolerance {
        return Ok(());
    }
    Err(RuntimeError::GoldenMismatch {
        model,
        output,
        difference,
        tolerance,
    })
}

/// NaN anywhere counts as an infinite difference.
fn largest_difference(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).fold(0.0, |largest, (a, b)| {
        let difference = (a - b).abs();
        largest.max(if difference.is_nan() {
            f32::INFINITY
        } else {
            difference
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_is_no_agreement() {
        assert_eq!(largest_difference(&[1.0, 2.0], &[1.5, 2.0]), 0.5);
        assert_eq!(
            largest_difference(&[f32::NAN, 2.0], &[1.5, 2.0]),
            f32::INFINITY
        );
    }
}
