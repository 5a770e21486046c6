//! Files that ffmpeg reads and this process does not: recognised here, decoded in a child process.
//!
//! Raw G.722, G.726 and G.729 have no mark of their own and are recognised in a WAVE file only.

use super::error::DecodeError;
use super::sniff::Container;

/// Marks at the start of a file, with what they mark.
const MAGICS: [(&[u8], &str); 17] = [
    (b"#!AMR\n", AMR_NB),
    (b"#!AMR-WB\n", AMR_WB),
    (b"#!AMR_MC1.0\n", "AMR-NB speech of several channels"),
    (b"#!AMR-WB_MC1.0\n", "AMR-WB speech of several channels"),
    // The GUID of the header object: Advanced Systems Format, revision 01.20.03, section 10.1.
    (
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",
        "Windows Media (ASF)",
    ),
    (b"FLV\x01", "Flash video (FLV)"),
    (b"\x00\x00\x01\xba", "an MPEG program stream"),
    (b".snd", "Sun audio (AU)"),
    (b"Creative Voice File\x1a", "Creative Voice (VOC)"),
    (
        b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00",
        "Sony Wave64",
    ),
    (b"NIST_1A\n", "NIST SPHERE"),
    (b"wvpk", "WavPack"),
    (b"MAC ", "Monkey's Audio"),
    (b"\x02dss", "DSS dictation"),
    (b"\x03dss", "DSS dictation"),
    (b"\x03ds2", "DS2 dictation"),
    (b"\x06ds2", "DS2 dictation"),
];

/// SILK v3 as its own tools write it, and as Tencent's programs do.
const SILK: [&[u8]; 2] = [b"#!SILK_V3", b"\x02#!SILK_V3"];

const AMR_NB: &str = "AMR-NB speech";
const AMR_WB: &str = "AMR-WB speech";
const GSM: &str = "GSM 06.10 speech";

/// Length of a GSM 06.10 frame, in bytes.
///
/// # Source
/// The packing of `toast` and of RFC 3551, section 4.5.8: 260 bits behind the nibble 0xD.
const GSM_FRAME_BYTES: usize = 33;

/// GSM frames in a row that make a stream: chance reaches that once in 16^16 files.
const GSM_FRAMES_AT_LEAST: usize = 16;

/// Lengths of a packet of an MPEG transport stream, with the bytes in front of its sync byte:
/// plain, with a time code (M2TS), with error correction behind.
const TS_PACKETS: [(usize, usize); 3] = [(188, 0), (192, 4), (204, 0)];

/// Sync bytes in a row that make a transport stream.
const TS_PACKETS_AT_LEAST: usize = 5;

/// Where the first packet of an Ogg file begins: behind a page header with one segment.
///
/// # Source
/// RFC 3533, section 6: the first page holds the identification of the codec alone.
const OGG_FIRST_PACKET: usize = 28;

/// The error for the bytes at the start of a file that is not read here, and is known all the same.
pub(super) fn refusal(bytes: &[u8]) -> Option<DecodeError> {
    if SILK.iter().any(|mark| bytes.starts_with(mark)) {
        return Some(DecodeError::ConvertFirst {
            format: "SILK v3 speech (a voice message of WeChat or QQ)",
            advice: "turn it into PCM with silk_v3_decoder, and the PCM (24,000 Hz, 16 bits, mono) \
                     into WAV",
        });
    }
    by_content(bytes).map(|format| DecodeError::NeedsTranscoder { format })
}

/// What the bytes at the start of a file are, where only ffmpeg reads it.
fn by_content(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"OggS") {
        let first = bytes.get(OGG_FIRST_PACKET..)?;
        return first.starts_with(b"Speex   ").then_some("Speex in Ogg");
    }
    if let Some((_, format)) = MAGICS.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        return Some(format);
    }
    match (bytes.get(..4), bytes.get(8..12)) {
        (Some(b"RIFF"), Some(b"AVI ")) => return Some("AVI"),
        (Some(b"RIFF"), Some(b"QLCM")) => return Some("QCP (QCELP or EVRC speech)"),
        _ => {}
    }
    if is_transport_stream(bytes) {
        return Some("an MPEG transport stream");
    }
    is_gsm(bytes).then_some(GSM)
}

/// # Source
/// ISO/IEC 13818-1, clause 2.4.3.2: each packet begins with 0x47.
fn is_transport_stream(bytes: &[u8]) -> bool {
    TS_PACKETS.iter().any(|&(length, lead)| {
        (0..TS_PACKETS_AT_LEAST).all(|n| bytes.get(lead + n * length) == Some(&0x47))
    })
}

fn is_gsm(bytes: &[u8]) -> bool {
    (0..GSM_FRAMES_AT_LEAST)
        .all(|n| matches!(bytes.get(n * GSM_FRAME_BYTES), Some(byte) if byte >> 4 == 0xd))
}

/// What a WAVE file holds whose format tag only ffmpeg reads; the tags are those of Microsoft's
/// `mmreg.h`.
pub(super) fn wave_tag(tag: u16) -> Option<&'static str> {
    Some(match tag {
        0x22 => "DSP TrueSpeech in WAV",
        0x31 | 0x32 => "GSM 06.10 in WAV",
        0x42 => "G.723.1 in WAV",
        0x14 | 0x40 | 0x45 | 0x64 => "G.726 in WAV",
        0x50 => "MPEG layer II in WAV",
        0x55 => "MP3 in WAV",
        0x57 => "AMR-NB in WAV",
        0x58 => "AMR-WB in WAV",
        0x61 | 0x62 => "Duck ADPCM in WAV",
        0x83 => "G.729 in WAV",
        0xff | 0x1600 | 0x1602 => "AAC in WAV",
        0x160..=0x163 => "Windows Media Audio in WAV",
        0x28f => "G.722 in WAV",
        0x2000 => "AC-3 in WAV",
        0xa109 => "Speex in WAV",
        _ => return None,
    })
}

/// The error for a codec that is not read here: ffmpeg may, where its container can hold others.
pub(super) fn codec(container: Container, codec: String) -> DecodeError {
    let format = match container {
        Container::Mp4 => "MP4, MOV or 3GP whose codec is not AAC, ALAC, MP3, FLAC, Opus or PCM",
        Container::Matroska => {
            "Matroska or WebM whose codec is not Opus, Vorbis, FLAC, AAC, MP3 or PCM"
        }
        Container::Ogg => "Ogg whose codec is not Opus, Vorbis or FLAC",
        Container::Caf => "CAF whose codec is not PCM, A-law, mu-law, ALAC, AAC, MP3 or Opus",
        Container::Aiff => "AIFF-C whose codec is not PCM, A-law or mu-law",
        Container::Wav | Container::Flac | Container::Mpeg | Container::Adts => {
            return DecodeError::UnsupportedCodec {
                container: container.name(),
                codec,
            };
        }
    };
    DecodeError::NeedsTranscoder { format }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gsm_frames_are_known_by_their_nibble() {
        let mut bytes = vec![0x55; GSM_FRAME_BYTES * GSM_FRAMES_AT_LEAST];
        for frame in bytes.chunks_mut(GSM_FRAME_BYTES) {
            frame[0] = 0xd4;
        }
        assert_eq!(by_content(&bytes), Some(GSM));
        bytes[GSM_FRAME_BYTES * 3] = 0xc4;
        assert_eq!(by_content(&bytes), None);
        assert_eq!(by_content(&[0xd4; GSM_FRAME_BYTES]), None);
    }

    #[test]
    fn transport_streams_are_known_by_their_distance() {
        for (length, lead) in TS_PACKETS {
            let mut bytes = vec![0; length * TS_PACKETS_AT_LEAST];
            for packet in bytes.chunks_mut(length) {
                packet[lead] = 0x47;
            }
            assert_eq!(by_content(&bytes), Some("an MPEG transport stream"));
            bytes[lead + length] = 0x46;
            assert_eq!(by_content(&bytes), None);
        }
    }

    #[test]
    fn a_playlist_is_nothing_that_ffmpeg_gets() {
        for text in [
            "#EXTM3U\n",
            "ffconcat version 1.0\n",
            "[playlist]\n",
            "#!/bin/sh\n",
        ] {
            assert_eq!(by_content(text.as_bytes()), None, "{text}");
        }
    }
}
