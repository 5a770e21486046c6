use super::*;

#[test]
fn a_file_cut_in_the_middle_is_accepted_up_to_there() {
    // Packets of a CAF with ALAC are found by a table behind the sound; the next test cuts that off.
    for (name, _, _) in SAMPLES
        .into_iter()
        .filter(|(name, _, _)| *name != "alac.caf")
    {
        let bytes = sample_file(name);
        let (whole, _) = decode(&bytes).unwrap();
        let start = bytes.len() / 2;
        for cut in [
            start,
            start + 1,
            start + 57,
            bytes.len() * 3 / 4,
            bytes.len() - 200,
        ] {
            let (signal, facts) = decode(&bytes[..cut]).unwrap_or_else(|e| panic!("{name}: {e}"));
            let damage = facts
                .damage
                .unwrap_or_else(|| panic!("{name} cut at {cut}: no damage"));
            assert!(damage.at_ms <= facts.duration_ms, "{name}: {damage:?}");
            assert!(
                !signal[0].is_empty() && signal[0].len() <= whole[0].len(),
                "{name}"
            );
            let rms =
                (signal[0].iter().map(|x| x * x).sum::<f32>() / signal[0].len() as f32).sqrt();
            assert!(
                rms > 0.005,
                "{name} cut at {cut} of {}: silence",
                bytes.len()
            );
        }
    }
}

#[test]
fn a_caf_whose_table_of_packets_is_missing_is_malformed() {
    let bytes = sample_file("alac.caf");
    let error = decode(&bytes[..bytes.len() / 2]).unwrap_err();
    assert_eq!(error.code(), "malformed");
}

#[test]
fn an_mp4_whose_index_is_missing_is_malformed() {
    // Index and media change places, as in a file that was written in one go and cut.
    let bytes = sample_file("lc.m4a");
    let moov = bytes
        .windows(4)
        .position(|window| window == b"moov")
        .unwrap()
        - 4;
    let length = u32::from_be_bytes(bytes[moov..moov + 4].try_into().unwrap()) as usize;
    let cut = [&bytes[..moov], &bytes[moov + length..]].concat();
    assert_eq!(code_of(&cut), "malformed");
}

#[test]
fn a_hole_in_a_flac_file_is_silence_that_keeps_later_times_true() {
    let mut bytes = sample_file("s16.flac");
    let (whole, _) = decode(&bytes).unwrap();
    let middle = bytes.len() * 4 / 5;
    bytes[middle..middle + 40].fill(0x55);
    let (signal, facts) = decode(&bytes).unwrap();
    let damage = facts.damage.unwrap();
    assert_eq!(signal[0].len(), whole[0].len());
    let broken: Vec<_> = (0..whole[0].len())
        .filter(|&n| signal[0][n] != whole[0][n])
        .collect();
    let (first, last) = (broken[0], broken[broken.len() - 1]);
    // Blocks of this file have 576 frames.
    assert!(last - first < 2 * 576, "{first} to {last}");
    assert_eq!(damage.at_ms, first as u64 / 576 * 576 / 8, "{damage:?}");
}

#[test]
fn a_hole_in_an_mp3_file_is_told() {
    let mut bytes = sample_file("mpeg2.mp3");
    let middle = bytes.len() * 3 / 5;
    bytes[middle..middle + 300].fill(0x55);
    let (signal, facts) = decode(&bytes).unwrap();
    let damage = facts.damage.unwrap();
    assert!((800..1_000).contains(&damage.at_ms), "{damage:?}");
    assert!(signal[0].len() > 20_000);
}

#[test]
fn a_huge_promise_of_frames_is_damage_and_no_allocation() {
    // The 36-bit number of samples of a FLAC stream, at its largest.
    let mut bytes = sample_file("s16.flac");
    bytes[21] |= 0x0f;
    bytes[22..26].fill(0xff);
    let (signal, facts) = decode(&bytes).unwrap();
    assert_eq!(signal[0].len(), 12_000);
    let damage = facts.damage.unwrap();
    assert!(damage.reason.contains("68719476735"), "{damage:?}");
}

#[test]
fn a_flac_file_of_unknown_length_is_whole() {
    let mut bytes = sample_file("s16.flac");
    bytes[21] &= 0xf0;
    bytes[22..26].fill(0);
    let (signal, facts) = decode(&bytes).unwrap();
    assert_eq!((signal[0].len(), facts.damage), (12_000, None));
}

#[test]
fn a_file_that_made_a_library_panic_is_refused_or_read_in_part() {
    for name in ["wav", "aiff", "caf", "mka"] {
        let path = format!("tests/golden/damaged/overflow.{name}");
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        match decode(&bytes) {
            Ok((_, facts)) => assert!(facts.damage.is_some(), "{name}"),
            Err(error) => assert!(error.is_permanent(), "{name}: {error}"),
        }
    }
}

#[test]
fn a_malformed_file_says_how_far_it_was_read() {
    let bytes = sample_file("alac.caf");
    let error = decode(&bytes[..600]).unwrap_err().to_string();
    assert!(
        error.contains("the file ends 15533 bytes before"),
        "{error}"
    );
    let mut bytes = sample_file("lc.m4a");
    let at = bytes.windows(4).position(|name| name == b"mdhd").unwrap();
    // A box that is shorter than what it must hold.
    bytes[at - 1] = 9;
    let error = decode(&bytes).unwrap_err().to_string();
    let found = error.contains("(found before byte ");
    assert!(found && error.contains("malformed"), "{error}");
}
