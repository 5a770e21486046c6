//! Who speaks when on one channel.
//!
//! The segmentation network hears windows that overlap and tells up to three local speakers in
//! each. [`TurnFinder`] makes turns of their middles: stretches in which one person speaks without
//! a pause. The caller embeds each turn; [`assign`] clusters the embeddings, where it counts against
//! two turns that a window tells them apart, and gives each frame of the channel its speaker. [`label`]
//! then divides the speech that the voice activity network found among them: that network decides
//! what is speech, this one whose it is.
//!
//! # Source
//! The windows, the decoding and the aggregation follow Bredin, "pyannote.audio 2.1 speaker
//! diarization pipeline", Interspeech 2023, and Plaquet and Bredin, "Powerset multi-class
//! cross entropy loss for neural speaker diarization", Interspeech 2023, clause 2.

mod activity;
mod assign;
mod cluster;
mod config;
mod label;
mod powerset;
mod timeline;
mod turns;

pub use activity::{ActivityStream, ActivityWindow, SpeakerDetector};
pub use assign::{FrameSpeakers, assign};
pub use config::DiarizationConfig;
pub use label::{LabelledSegment, label};
pub use powerset::LocalSpeakers;
pub use timeline::{FRAME_STEP_SAMPLES, WINDOW_HOP_SAMPLES, frame_centre, frame_start};
pub use turns::{Core, Run, Turn, TurnEvent, TurnFinder};
