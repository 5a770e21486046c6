use super::*;

/// Every format sample that only ffmpeg reads, with what its error must name.
const FOREIGN: [(&str, &str); 17] = [
    ("nb.amr", "AMR-NB speech"),
    ("nb.3gp", "3GP"),
    ("wb.awb", "AMR-WB speech"),
    ("g729.wav", "G.729 in WAV"),
    ("bare.gsm", "GSM 06.10"),
    ("gsm.wav", "GSM 06.10 in WAV"),
    ("g722.wav", "G.722 in WAV"),
    ("g723.wav", "G.723.1 in WAV"),
    ("g726.wav", "G.726 in WAV"),
    ("wmav2.wma", "Windows Media"),
    ("mp3.flv", "Flash video"),
    ("mp2.ts", "MPEG transport stream"),
    ("mp2.mpg", "MPEG program stream"),
    ("adpcm.avi", "AVI"),
    ("speex.ogg", "Ogg"),
    ("ac3.mp4", "MP4"),
    ("alaw.au", "Sun audio"),
];

#[test]
fn what_only_ffmpeg_reads_is_named_from_its_content() {
    for (name, expected) in FOREIGN {
        let error = decode(&sample_file(name)).expect_err(name);
        assert_eq!(error.code(), "needs_transcoder", "{name}: {error}");
        assert!(error.is_permanent());
        let text = error.to_string();
        assert!(
            text.contains(expected) && text.contains("install ffmpeg"),
            "{name}: {text}"
        );
    }
}

#[test]
fn silk_is_refused_with_the_way_to_convert_it() {
    for mark in [b"#!SILK_V3".as_slice(), b"\x02#!SILK_V3"] {
        let error = decode(&[mark, &[0x0c; 64]].concat()).unwrap_err();
        assert_eq!(error.code(), "convert_first", "{error}");
        assert!(error.to_string().contains("silk_v3_decoder"), "{error}");
    }
}

#[test]
fn a_wave_tag_that_nobody_reads_is_told() {
    let bytes = WavBytes {
        tag: 0x4242,
        ..WavBytes::default()
    }
    .over(&tone(100));
    let error = decode(&bytes).unwrap_err();
    assert_eq!(error.code(), "unsupported_codec");
    assert!(error.to_string().contains("0x4242"), "{error}");
}
