//! The codec of a track: our Opus, or one of Symphonia's.

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::packet::Packet;

use super::demux::guarded;
use super::error::DecodeError;
use super::foreign;
use super::opus::{OpusCodec, OpusHead};
use super::sniff::Container;

/// Packets to samples.
pub(super) enum Codec {
    Opus(Box<OpusCodec>),
    Symphonia(Box<dyn AudioDecoder>),
}

/// Why a packet gave no samples.
pub(super) enum Fault {
    /// The packet is damaged.
    Bad(String),
    /// Nothing after this packet can be read.
    Broken(String),
}

impl Codec {
    /// The codec that a track asks for.
    ///
    /// # Errors
    /// `UnsupportedCodec`, `NeedsTranscoder` or `Malformed`.
    pub(super) fn new(
        container: Container,
        parameters: &AudioCodecParameters,
    ) -> Result<Self, DecodeError> {
        let malformed = |reason| DecodeError::Malformed {
            container: container.name(),
            reason,
        };
        if parameters.codec == CODEC_ID_OPUS {
            let head = parameters
                .extra_data
                .as_deref()
                .and_then(|bytes| OpusHead::parse(bytes, container));
            let Some(head) = head else {
                let reason = "its Opus track has no identification header".to_owned();
                return Err(malformed(reason));
            };
            if !head.is_mono_or_stereo() {
                let codec = format!("Opus of {} channels", head.channels);
                return Err(foreign::codec(container, codec));
            }
            return Ok(Self::Opus(Box::new(
                OpusCodec::new(head).map_err(malformed)?,
            )));
        }
        let registry = symphonia::default::get_codecs();
        let made =
            guarded(|| registry.make_audio_decoder(parameters, &AudioDecoderOptions::default()));
        match made {
            Ok(Ok(codec)) => Ok(Self::Symphonia(codec)),
            Ok(Err(SymphoniaError::Unsupported(what))) => {
                let codec = format!("{} ({what})", parameters.codec);
                Err(foreign::codec(container, codec))
            }
            Ok(Err(error)) => Err(malformed(error.to_string())),
            Err(reason) => Err(malformed(reason)),
        }
    }

    /// Short name, as in `MediaFacts`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Opus(_) => "opus",
            Self::Symphonia(codec) => codec.codec_info().short_name,
        }
    }

    /// The samples of one packet.
    pub(super) fn decode(&mut self, packet: &Packet) -> Result<GenericAudioBufferRef<'_>, Fault> {
        let decoded = match self {
            Self::Opus(codec) => guarded(|| codec.decode(packet).map_err(Fault::Bad)),
            Self::Symphonia(codec) => guarded(|| {
                codec.decode(packet).map_err(|error| match error {
                    SymphoniaError::ResetRequired => Fault::Broken(
                        "the stream changes its format, and only the first is read".to_owned(),
                    ),
                    error => Fault::Bad(error.to_string()),
                })
            }),
        };
        decoded.unwrap_or_else(|reason| Err(Fault::Broken(reason)))
    }

    /// Frames that a damaged packet stood for: what it says itself, or as many as the packet
    /// before it had.
    pub(super) fn frames_lost(&mut self, packet: &Packet, last_packet_frames: usize) -> usize {
        match self {
            Self::Opus(codec) => codec.lose(packet).unwrap_or(last_packet_frames),
            Self::Symphonia(_) => last_packet_frames,
        }
    }
}
