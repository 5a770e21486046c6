use proptest::prelude::*;

use super::*;

/// Decodes whatever it is; any outcome will do that is one.
fn survives(bytes: &[u8]) {
    let limits = DecodeLimits {
        max_duration_ms: 60_000,
        ..DecodeLimits::default()
    };
    match decode_under(bytes, &limits) {
        Ok((signal, facts)) => {
            assert!(!signal.is_empty());
            assert_eq!(
                facts.duration_ms,
                signal[0].len() as u64 * 1000 / u64::from(facts.sample_rate.hz())
            );
        }
        Err(error) => assert!(error.is_permanent(), "{error}"),
    }
}

fn any_sample() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(SAMPLES.to_vec()).prop_map(|(name, _, _)| sample_file(name))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn random_bytes_behind_any_magic_end(
        magic in prop::sample::select(vec![
            b"RIFF\xff\xff\xff\xffWAVEfmt ".to_vec(),
            b"FORM\0\0\xff\xffAIFF".to_vec(),
            b"caff\0\x01\0\0".to_vec(),
            b"fLaC\0\0\0\x22".to_vec(),
            b"OggS\0\x02".to_vec(),
            b"\x1a\x45\xdf\xa3".to_vec(),
            b"\0\0\0\x20ftypM4A ".to_vec(),
            b"ID3\x04\0\0\0\0\0\0".to_vec(),
            Vec::new(),
        ]),
        tail in prop::collection::vec(any::<u8>(), 0..2048),
    ) {
        survives(&[magic, tail].concat());
    }

    #[test]
    fn a_mutated_header_ends(
        mut bytes in any_sample(),
        changes in prop::collection::vec((0usize..600, any::<u8>()), 1..12),
    ) {
        for (at, value) in changes {
            bytes[at] = value;
        }
        survives(&bytes);
    }

    #[test]
    fn mutated_audio_ends(
        mut bytes in any_sample(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
    ) {
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        survives(&bytes);
    }

    #[test]
    fn a_truncated_file_ends(bytes in any_sample(), at in any::<prop::sample::Index>()) {
        survives(&bytes[..at.index(bytes.len())]);
    }
}
