use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use super::*;
use crate::audio::{DecodeLimits, Decoder, Resampler};
use crate::domain::{MediaFacts, SampleRate};

mod limits;

/// The ffmpeg of this machine. A machine without one passes the tests that need it, with a word;
/// under `CI=true` it fails them.
fn transcoder() -> Option<Transcoder> {
    let found = Transcoder::find(&TranscodeSettings::default());
    if found.is_none() {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "ffmpeg is needed in CI: apt-get install ffmpeg"
        );
        eprintln!("left out: ffmpeg is not installed");
    }
    found
}

fn sample_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/formats")
        .join(name)
}

fn sample_file(name: &str) -> File {
    File::open(sample_path(name)).unwrap()
}

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// The first channel at 8 kHz, and what was found.
fn speech(file: File) -> (Vec<f32>, MediaFacts) {
    let mut decoder = Decoder::open(file, &DecodeLimits::default()).unwrap();
    let to = SampleRate::new(8_000).unwrap();
    let mut resampler = Resampler::new(decoder.sample_rate(), to).unwrap();
    let mut output = Vec::new();
    while let Some(block) = decoder.next_block().unwrap() {
        resampler.push(&block.channels()[0], &mut output);
    }
    resampler.finish(&mut output);
    (output, decoder.finish())
}

/// Best correlation of `signal` with `reference` over delays up to a tenth of a second either way:
/// ffmpeg cuts the first frame off what some encoders put in front.
fn best_correlation(reference: &[f32], signal: &[f32]) -> f32 {
    let correlation = |(late, early): (usize, usize)| {
        let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
        for (x, y) in reference.iter().skip(early).zip(signal.iter().skip(late)) {
            xy += x * y;
            xx += x * x;
            yy += y * y;
        }
        xy / (xx * yy).sqrt().max(1e-9)
    };
    let late = (0..=800).map(|late| (late, 0));
    let early = (1..=800).map(|early| (0, early));
    late.chain(early).map(correlation).fold(0.0, f32::max)
}

/// Sample, container, codec, rate, and the least correlation with what was encoded. AMR
/// and Speex keep the sound of speech rather than its wave form.
const SAMPLES: [(&str, &str, &str, u32, f32); 17] = [
    ("nb.amr", "amr", "amr_nb", 8_000, 0.80),
    ("nb.3gp", "mp4", "amr_nb", 8_000, 0.80),
    ("wb.awb", "amr", "amr_wb", 16_000, 0.80),
    ("g729.wav", "wav", "g729", 8_000, 0.70),
    ("bare.gsm", "gsm", "gsm", 8_000, 0.90),
    ("gsm.wav", "wav", "gsm_ms", 8_000, 0.90),
    ("g722.wav", "wav", "adpcm_g722", 16_000, 0.95),
    ("g723.wav", "wav", "g723_1", 8_000, 0.80),
    ("g726.wav", "wav", "adpcm_g726", 8_000, 0.95),
    ("wmav2.wma", "asf", "wmav2", 8_000, 0.95),
    ("mp3.flv", "flv", "mp3", 22_050, 0.95),
    ("mp2.ts", "mpegts", "mp2", 16_000, 0.95),
    ("mp2.mpg", "mpeg", "mp2", 16_000, 0.95),
    ("adpcm.avi", "avi", "adpcm_ms", 8_000, 0.95),
    ("speex.ogg", "ogg", "speex", 8_000, 0.80),
    ("ac3.mp4", "mp4", "ac3", 32_000, 0.95),
    ("alaw.au", "au", "pcm_alaw", 8_000, 0.95),
];

#[test]
fn every_format_gives_the_same_speech() {
    let Some(transcoder) = transcoder() else {
        return;
    };
    let (reference, _) = speech(sample_file("s16.wav"));
    for (name, container, codec, rate_hz, least) in SAMPLES {
        let done = transcoder
            .to_wav(&sample_file(name), &std::env::temp_dir())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let (signal, pcm) = speech(done.file);
        let facts = done.facts.describe(pcm);
        assert_eq!(
            (facts.container.as_str(), facts.codec.as_str()),
            (container, codec),
            "{name}"
        );
        assert_eq!(facts.sample_rate.hz(), rate_hz, "{name}");
        assert_eq!((facts.channels, &facts.damage), (1, &None), "{name}");
        let away_ms = facts.duration_ms as i64 - 1_500;
        assert!((-60..=120).contains(&away_ms), "{name}: {away_ms} ms");
        let correlation = best_correlation(&reference, &signal);
        eprintln!("{name}: correlation {correlation:.3}, {away_ms} ms");
        assert!(correlation > least, "{name}: {correlation}");
    }
}

#[test]
fn pauses_of_amr_keep_their_length() {
    let Some(transcoder) = transcoder() else {
        return;
    };
    let done = transcoder
        .to_wav(&sample_file("nb.amr"), &std::env::temp_dir())
        .unwrap();
    let (_, pcm) = speech(done.file);
    assert_eq!(pcm.duration_ms, 1_500);
}

#[test]
fn facts_are_gathered_without_ffprobe_too() {
    let Some(mut transcoder) = transcoder() else {
        return;
    };
    transcoder.ffprobe = None;
    for (name, _, codec, rate_hz, _) in SAMPLES {
        let done = transcoder
            .to_wav(&sample_file(name), &std::env::temp_dir())
            .unwrap();
        assert_eq!(done.facts.codec, codec, "{name}");
        assert_eq!(done.facts.sample_rate_hz, Some(rate_hz), "{name}");
        assert_eq!(done.facts.channels, Some(1), "{name}");
    }
}

#[test]
fn lists_of_other_files_are_refused() {
    let Some(transcoder) = transcoder() else {
        return;
    };
    let target = sample_path("s16.wav");
    let target = target.display();
    let lists = [
        format!("ffconcat version 1.0\nfile {target}\n"),
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n"),
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{target}\n"),
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n".to_owned(),
        format!("<?xml version=\"1.0\"?><MPD><BaseURL>{target}</BaseURL></MPD>"),
    ];
    for list in lists {
        match transcoder.to_wav(&file_of(list.as_bytes()), &std::env::temp_dir()) {
            Err(TranscodeError::Refused { reason }) => {
                assert!(!reason.contains('/') && !reason.contains('\n'), "{reason}");
            }
            other => panic!("{list}: {other:?}"),
        }
    }
}

#[test]
fn noise_and_nothing_are_refused() {
    let Some(transcoder) = transcoder() else {
        return;
    };
    let noise: Vec<u8> = (0..40_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for bytes in [noise.as_slice(), b"", b"#!AMR\n"] {
        let error = transcoder
            .to_wav(&file_of(bytes), &std::env::temp_dir())
            .unwrap_err();
        assert_eq!(error.code(), "transcode_refused", "{error}");
    }
}

#[test]
fn a_file_cut_in_the_middle_is_accepted_up_to_there() {
    let Some(transcoder) = transcoder() else {
        return;
    };
    for (name, ..) in SAMPLES {
        let bytes = std::fs::read(sample_path(name)).unwrap();
        let cut = file_of(&bytes[..bytes.len() * 2 / 3]);
        match transcoder.to_wav(&cut, &std::env::temp_dir()) {
            Ok(done) => {
                let (_, pcm) = speech(done.file);
                assert!((100..=1_500).contains(&pcm.duration_ms), "{name}: {pcm:?}");
            }
            // The index of these files is at their end.
            Err(TranscodeError::Refused { .. }) => {
                assert!(["nb.3gp", "ac3.mp4"].contains(&name), "{name}");
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn a_mutated_file_ends() {
    let Some(transcoder) = transcoder() else {
        return;
    };
    for (seed, (name, ..)) in (1u32..).zip(SAMPLES) {
        let mut bytes = std::fs::read(sample_path(name)).unwrap();
        let count = bytes.len();
        for n in 0..20 {
            let random = (seed * 20 + n).wrapping_mul(2_654_435_761);
            bytes[random as usize % count] ^= 1 << (random >> 29);
        }
        match transcoder.to_wav(&file_of(&bytes), &std::env::temp_dir()) {
            Ok(_) | Err(TranscodeError::Refused { .. } | TranscodeError::TooLarge { .. }) => {}
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn where_ffmpeg_is_missing_the_error_says_what_to_install() {
    let settings = TranscodeSettings {
        ffmpeg: PathBuf::from("/nonexistent/ffmpeg"),
        ..TranscodeSettings::default()
    };
    let found = Transcoder::find(&settings);
    assert!(found.is_none());
    let error = require(found.as_ref(), "AMR-NB speech").unwrap_err();
    assert_eq!(error.code(), "needs_transcoder");
    let text = error.to_string();
    assert!(
        text.starts_with("AMR-NB speech") && text.contains("apt-get install ffmpeg"),
        "{text}"
    );
}

#[test]
fn a_program_that_is_no_ffmpeg_is_not_taken() {
    let settings = TranscodeSettings {
        ffmpeg: PathBuf::from("/bin/sh"),
        ..TranscodeSettings::default()
    };
    assert!(Transcoder::find(&settings).is_none());
}

#[test]
fn settings_may_name_some_limits_and_no_unknown_ones() {
    let settings: TranscodeSettings = toml::from_str("max_wall_s = 5").unwrap();
    assert_eq!((settings.max_wall_s, settings.max_cpu_s), (5, 600));
    assert!(toml::from_str::<TranscodeSettings>("max_walls = 5").is_err());
}
