//! Packets out of any container, with what the container says of its codec.

use std::io::{Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, CODEC_ID_NULL_AUDIO};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, ReadBytes};
use symphonia::core::packet::Packet;
use symphonia::core::units::Timestamp;
use symphonia::default::formats::{
    AdtsReader, AiffReader, CafReader, FlacReader, IsoMp4Reader, MkvReader, MpaReader, OggReader,
};

use super::error::DecodeError;
use super::foreign;
use super::limits::DecodeLimits;
use super::sniff::{Container, Sniffed};
use super::source::{Faults, Source};
use super::survey::{self, Flaw};
use super::wav::WavPackets;
use super::wav_format::check_ranges;

/// The longest Vorbis block.
const OGG_TOLERANCE_FRAMES: u64 = 8192;

/// One audio track of an open container.
pub(super) struct Demuxer {
    pub(super) container: Container,
    /// What the codec must know.
    pub(super) parameters: AudioCodecParameters,
    /// Bits a sample, where the codec has such a number.
    pub(super) bits_per_sample: Option<u16>,
    /// Frames that the container promises; none where it does not say or only estimates.
    pub(super) promised_frames: Option<u64>,
    /// What a survey of the file found before any packet was read.
    pub(super) flaw: Option<Flaw>,
    packets: Packets,
    faults: Faults,
}

enum Packets {
    Wav(WavPackets),
    Track {
        reader: Box<dyn FormatReader>,
        track_id: u32,
    },
}

/// What came after the last packet.
pub(super) enum Next {
    /// A packet.
    Packet(Packet),
    /// The end, and what is wrong with it if anything is.
    End(Option<String>),
}

/// Runs a demultiplexer or codec on bytes that nobody vouches for.
///
/// Their authors mean them never to panic; should one, the file is at fault and the process goes
/// on. What they had in hand is not used again.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| "the decoder gave up on its bytes".to_owned())
}

impl Demuxer {
    /// Opens what was found in `source`.
    ///
    /// # Errors
    /// Any of [`DecodeError`] but `EmptyFile` and `UnknownFormat`.
    pub(super) fn open(
        mut source: Source,
        sniffed: Sniffed,
        limits: &DecodeLimits,
    ) -> Result<Self, DecodeError> {
        let faults = source.faults();
        let container = sniffed.container;
        if container == Container::Wav {
            let packets = WavPackets::open(source, sniffed.offset, limits)?;
            return Ok(Self {
                container,
                parameters: packets.codec_parameters(),
                bits_per_sample: packets.bits_per_sample(),
                promised_frames: None,
                flaw: None,
                packets: Packets::Wav(packets),
                faults,
            });
        }
        let flaw = match (container, sniffed.first_frame) {
            (_, Some(first)) => survey::frames(&mut source, sniffed.offset, first)?,
            (Container::Ogg, None) => survey::ogg(&mut source)?,
            (Container::Aiff, None) => survey::aiff(&mut source, sniffed.offset)?,
            (Container::Caf, None) => survey::caf(&mut source, sniffed.offset)?,
            (Container::Matroska, None) => survey::matroska(&mut source, sniffed.offset)?,
            (Container::Mp4, None) => survey::mp4(&mut source, sniffed.offset)?,
            _ => None,
        };
        let reader = guarded(|| open_reader(source, sniffed))
            .unwrap_or_else(|reason| Err(SymphoniaErrorOr::Panic(reason)))
            .map_err(|error| faults.explain(container, error))?;
        Self::from_reader(reader, container, flaw, faults, limits)
    }

    fn from_reader(
        reader: Box<dyn FormatReader>,
        container: Container,
        flaw: Option<Flaw>,
        faults: Faults,
        limits: &DecodeLimits,
    ) -> Result<Self, DecodeError> {
        let name = container.name();
        let track = reader
            .default_track(TrackType::Audio)
            .or_else(|| reader.first_track(TrackType::Audio))
            .ok_or_else(|| no_audio_track(container, reader.tracks()))?;
        let Some(CodecParameters::Audio(parameters)) = track.codec_params.clone() else {
            let reason = "its audio track has no codec".to_owned();
            return Err(DecodeError::NoAudio {
                container: name,
                reason,
            });
        };
        if parameters.codec == CODEC_ID_NULL_AUDIO {
            return Err(foreign::codec(container, "of an unknown kind".to_owned()));
        }
        // What is not stated here is checked after the first packet.
        check_ranges(
            parameters
                .channels
                .as_ref()
                .map_or(1, |channels| channels.count() as u64),
            u64::from(
                parameters
                    .sample_rate
                    .unwrap_or(limits.min_sample_rate_hz.max(1)),
            ),
            limits,
        )?;
        let promised_frames = match container {
            // These only estimate, from the size of the file.
            Container::Mpeg | Container::Adts | Container::Ogg | Container::Wav => None,
            Container::Aiff | Container::Caf | Container::Flac => track.num_frames,
            Container::Mp4 | Container::Matroska => in_frames(track, parameters.sample_rate),
        };
        let track_id = track.id;
        Ok(Self {
            container,
            bits_per_sample: parameters
                .bits_per_sample
                .and_then(|bits| bits.try_into().ok()),
            parameters,
            promised_frames,
            flaw,
            packets: Packets::Track { reader, track_id },
            faults,
        })
    }

    /// The next packet of the track.
    ///
    /// # Errors
    /// `Io` when the reader failed.
    pub(super) fn next_packet(&mut self) -> Result<Next, DecodeError> {
        let packets = &mut self.packets;
        let next = match packets {
            Packets::Wav(packets) => match packets.next_packet() {
                Ok(Some(packet)) => Next::Packet(packet),
                Ok(None) => Next::End(packets.flaw().map(str::to_owned)),
                Err(error) => return Err(DecodeError::Io(error)),
            },
            Packets::Track { reader, .. } => match guarded(|| reader.next_packet()) {
                Ok(Ok(Some(packet))) => Next::Packet(packet),
                Ok(Ok(None)) => Next::End(None),
                // These meet the end like this where the number of samples is unknown; where it is
                // known, it is compared with what was decoded.
                Ok(Err(SymphoniaError::IoError(_)))
                    if matches!(self.container, Container::Flac | Container::Caf) =>
                {
                    Next::End(None)
                }
                Ok(Err(error)) => Next::End(Some(end_reason(&error))),
                Err(reason) => Next::End(Some(reason)),
            },
        };
        match self.faults.take() {
            Some(error) => Err(DecodeError::Io(error)),
            None => Ok(next),
        }
    }

    /// Frames that are missing between the packet that ended at `expected` and `packet`, where the
    /// container numbers its frames.
    pub(super) fn gap_before(&self, packet: &Packet, expected: Timestamp) -> u64 {
        let tolerance = match self.container {
            Container::Flac => 0,
            // Opus packets state their own length.
            Container::Ogg if self.parameters.codec == CODEC_ID_OPUS => 0,
            // Vorbis packets overlap, and how far is known from both of them only.
            Container::Ogg => OGG_TOLERANCE_FRAMES,
            Container::Wav
            | Container::Aiff
            | Container::Caf
            | Container::Mp4
            | Container::Matroska
            | Container::Mpeg
            | Container::Adts => return 0,
        };
        let gap = packet
            .pts
            .duration_from(expected)
            .map_or(0, |gap| gap.get());
        if gap > tolerance { gap } else { 0 }
    }

    /// Whether `packet` belongs to the track that is decoded.
    pub(super) fn is_ours(&self, packet: &Packet) -> bool {
        match &self.packets {
            Packets::Wav(_) => true,
            Packets::Track { track_id, .. } => packet.track_id == *track_id,
        }
    }
}

/// Why none of `tracks` can be taken: one whose codec the demultiplexer does not know may be sound.
fn no_audio_track(container: Container, tracks: &[Track]) -> DecodeError {
    if tracks.iter().any(|track| track.codec_params.is_none()) {
        return foreign::codec(container, "of an unknown kind".to_owned());
    }
    DecodeError::NoAudio {
        container: container.name(),
        reason: format!("none of its {} tracks is audio", tracks.len()),
    }
}

fn in_frames(track: &Track, rate_hz: Option<u32>) -> Option<u64> {
    let base = track.time_base?;
    let ticks = u128::from(track.duration?.get());
    let frames =
        ticks * u128::from(base.numer.get()) * u128::from(rate_hz?) / u128::from(base.denom.get());
    u64::try_from(frames).ok()
}

/// A fault of a demultiplexer.
enum SymphoniaErrorOr {
    Error(SymphoniaError),
    Panic(String),
}

impl From<SymphoniaError> for SymphoniaErrorOr {
    fn from(error: SymphoniaError) -> Self {
        Self::Error(error)
    }
}

impl From<std::io::Error> for SymphoniaErrorOr {
    fn from(error: std::io::Error) -> Self {
        Self::Error(error.into())
    }
}

fn open_reader(
    mut source: Source,
    sniffed: Sniffed,
) -> Result<Box<dyn FormatReader>, SymphoniaErrorOr> {
    // The stream takes the source to be at its start, wherever sniffing left it.
    source.seek(SeekFrom::Start(0))?;
    let mut stream = MediaSourceStream::new(Box::new(source), Default::default());
    if sniffed.offset > 0 {
        stream.seek(SeekFrom::Start(sniffed.offset))?;
    }
    let options = FormatOptions::default();
    Ok(match sniffed.container {
        Container::Aiff => Box::new(AiffReader::try_new(stream, options)?),
        Container::Caf => Box::new(CafReader::try_new(stream, options)?),
        Container::Flac => Box::new(FlacReader::try_new(stream, options)?),
        Container::Ogg => Box::new(OggReader::try_new(stream, options)?),
        Container::Mp4 => {
            // This reader steps back from the name of the first atom to its length.
            stream.ignore_bytes(4)?;
            Box::new(IsoMp4Reader::try_new(stream, options)?)
        }
        Container::Matroska => Box::new(MkvReader::try_new(stream, options)?),
        Container::Mpeg => Box::new(MpaReader::try_new(stream, options)?),
        Container::Adts => Box::new(AdtsReader::try_new(stream, options)?),
        Container::Wav => return Err(SymphoniaErrorOr::Panic("it is read elsewhere".to_owned())),
    })
}

fn end_reason(error: &SymphoniaError) -> String {
    match error {
        SymphoniaError::IoError(_) => "the file ends within a packet".to_owned(),
        SymphoniaError::ResetRequired => {
            "a second stream follows, and only the first one is read".to_owned()
        }
        error => format!("the container breaks off: {error}"),
    }
}

impl Faults {
    /// What a fault while opening means to the caller.
    fn explain(&self, container: Container, error: SymphoniaErrorOr) -> DecodeError {
        if let Some(fault) = self.take() {
            return DecodeError::Io(fault);
        }
        let reason = match error {
            // A part that is missing is a fault of the file, though it is reported like a codec.
            SymphoniaErrorOr::Error(SymphoniaError::Unsupported(what))
                if !what.contains("missing") =>
            {
                return foreign::codec(container, format!("({what})"));
            }
            SymphoniaErrorOr::Error(SymphoniaError::IoError(_)) => {
                "it ends before its first packet".to_owned()
            }
            SymphoniaErrorOr::Error(error) => error.to_string(),
            SymphoniaErrorOr::Panic(reason) => reason,
        };
        DecodeError::Malformed {
            container: container.name(),
            reason: format!("{reason} (found before byte {})", self.read_up_to()),
        }
    }
}
