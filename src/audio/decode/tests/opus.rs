use super::*;

/// Offsets of the pages of an Ogg file.
fn pages(bytes: &[u8]) -> Vec<usize> {
    (0..bytes.len().saturating_sub(4))
        .filter(|&at| bytes[at..].starts_with(b"OggS\0"))
        .collect()
}

#[test]
fn it_decodes_as_libopus_does() {
    // Made by ffmpeg with libopus 1.3.1, see PROVENANCE.md. It rounds to 16 bits.
    let (expected, facts) = decode(&sample_file("opus.libopus.flac")).unwrap();
    assert_eq!(facts.sample_rate.hz(), 48_000);
    let (found, facts) = decode(&sample_file("opus.ogg")).unwrap();
    assert_eq!((facts.sample_rate.hz(), facts.damage), (48_000, None));
    assert_eq!((found[0].len(), expected[0].len()), (72_000, 72_000));
    let worst = found[0]
        .iter()
        .zip(&expected[0])
        .map(|(found, expected)| (found - expected).abs())
        .fold(0.0, f32::max);
    assert!(worst < 2.0 / 32_768.0, "{worst}");
}

#[test]
fn every_container_gives_the_same_samples() {
    let (expected, _) = decode(&sample_file("opus.ogg")).unwrap();
    for name in ["opus.webm", "opus.mp4"] {
        let (found, facts) = decode(&sample_file(name)).unwrap();
        assert_eq!(facts.damage, None, "{name}");
        // Only Ogg says how much of its last packet is audio.
        assert!((72_000..72_960).contains(&found[0].len()), "{name}");
        assert_eq!(found[0][..72_000], expected[0], "{name}");
    }
}

#[test]
fn a_lost_page_is_silence_of_its_length() {
    let bytes = sample_file("opus.ogg");
    let (whole, _) = decode(&bytes).unwrap();
    let pages = pages(&bytes);
    assert!(pages.len() > 7, "{pages:?}");
    let mut cut = bytes.clone();
    cut.drain(pages[4]..pages[5]);
    let (found, facts) = decode(&cut).unwrap();
    let damage = facts.damage.unwrap();
    assert!(damage.reason.contains("missing"), "{damage:?}");
    assert_eq!(found[0].len(), whole[0].len());
    // The decoder needs a moment to find its way; a tenth of a second before the end it has.
    for (found, whole) in found[0].iter().zip(&whole[0]).skip(67_200) {
        assert!((found - whole).abs() < 0.02, "{found} {whole}");
    }
}

#[test]
fn a_track_without_identification_header_is_malformed() {
    let mut bytes = sample_file("opus.mp4");
    let at = bytes.windows(4).position(|four| four == b"dOps").unwrap();
    // The number of channels.
    bytes[at + 5] = 0;
    let error = decode(&bytes).unwrap_err();
    assert!(
        ["malformed", "needs_transcoder"].contains(&error.code()),
        "{error}"
    );
}
