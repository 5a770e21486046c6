use proptest::prelude::*;

use super::*;
use crate::runtime::testing;

const SIZE: usize = 3;

fn model() -> ModelId {
    ModelId::new("test")
}

fn channels(count: usize) -> Channels {
    Channels {
        file: "channels.npy".to_owned(),
        sha256: Sha256::of(b"numbers"),
        names: vec!["wide".to_owned(); count],
        biases: vec![0.0; count],
        golden: "compensated.npy".to_owned(),
    }
}

/// Two channels told apart by the first value; the second one adds 0.6 to the second value.
fn numbers() -> Array {
    let identity = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let wide = [[0.0, 0.0, 0.0], [-80.0, 0.0, 0.0]];
    let line = [[0.0, 0.6, 0.0], [80.0, 0.0, 0.0]];
    let rows = [&wide[..], &identity, &line, &identity];
    Array {
        shape: vec![2, SIZE + 2, SIZE],
        values: rows.concat().concat(),
    }
}

fn compensator() -> Compensator {
    Compensator::new(model(), &channels(2), &numbers()).unwrap()
}

fn embedding(values: [f32; SIZE]) -> Embedding {
    Embedding::from_raw(model(), values.to_vec()).unwrap()
}

#[test]
fn what_a_channel_adds_is_taken_away() {
    let compensator = compensator();
    let line = embedding([0.6, 0.6, 0.4]);
    let norm = (0.36f32 + 0.36 + 0.16).sqrt();
    let found = compensator.apply(&line).unwrap();
    let expected = embedding([0.6 / norm, 0.6 / norm - 0.6, 0.4 / norm]);
    for (found, expected) in found.values().iter().zip(expected.values()) {
        assert!((found - expected).abs() < 1e-6);
    }
    let wide = embedding([-0.6, 0.6, 0.4]);
    let found = compensator.apply(&wide).unwrap();
    for (found, expected) in found.values().iter().zip(wide.values()) {
        assert!((found - expected).abs() < 1e-6);
    }
}

#[test]
fn compensated_and_other_embeddings_have_no_score() {
    let compensator = compensator();
    let raw = embedding([0.1, 0.2, 0.3]);
    let compensated = compensator.apply(&raw).unwrap();
    assert!(raw.cosine(&compensated).is_err());
    assert!(compensator.apply(&compensated).is_err());
}

#[test]
fn a_model_without_channels_changes_nothing() {
    let none = Compensator::none(model());
    let raw = embedding([0.1, 0.2, 0.3]);
    assert_eq!(none.apply(&raw).unwrap(), raw);
    assert_eq!((none.sha256(), none.compensated_id()), (None, &model()));
}

#[test]
fn numbers_of_another_shape_are_refused() {
    let refused = |channels: Channels, numbers: Array| {
        let error = Compensator::new(model(), &channels, &numbers).unwrap_err();
        assert!(matches!(error, EmbedderError::Channels { .. }), "{error}");
    };
    refused(channels(3), numbers());
    refused(
        channels(2),
        Array {
            shape: vec![2, SIZE, SIZE + 2],
            ..numbers()
        },
    );
    refused(
        channels(2),
        Array {
            shape: vec![2 * (SIZE + 2), SIZE],
            ..numbers()
        },
    );
    let mut broken = numbers();
    broken.values[4] = f32::NAN;
    refused(channels(2), broken);
}

#[test]
fn the_shipped_numbers_give_their_golden_vector() {
    let model = testing::model("campplus-zh-en", 1);
    let compensator = Compensator::of(&model).unwrap();
    assert_eq!(
        compensator.sha256(),
        model
            .manifest()
            .channels
            .as_ref()
            .map(|channels| channels.sha256)
    );
    assert!(compensator.sha256().is_some());
}

proptest! {
    #[test]
    fn it_is_unit_norm_and_the_same_every_time(values in prop::array::uniform3(-1f32..1.0)) {
        prop_assume!(values.iter().any(|value| value.abs() > 0.1));
        let compensator = compensator();
        let raw = embedding(values);
        // Nothing may be left of a voice that lies on the mean.
        if let Ok(found) = compensator.apply(&raw) {
            let norm: f32 = found.values().iter().map(|value| value * value).sum();
            prop_assert!((norm - 1.0).abs() < 1e-4);
            prop_assert_eq!(found, compensator.apply(&raw).unwrap());
        }
    }
}
