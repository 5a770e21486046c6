//! `GET /limits`: what is accepted.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::AppState;
use super::paging::MAX_LIMIT;

/// Net speech below which there is an outcome instead of a number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MinimumSpeech)]
pub struct MinimumSpeechBody {
    /// For a voiceprint.
    pub voiceprint_ms: u64,
    /// For a search or a comparison.
    pub search_ms: u64,
    /// For an enrolment.
    pub enrol_ms: u64,
    /// For automatic linking.
    pub link_ms: u64,
}

/// A format that recordings come in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Format)]
pub struct FormatBody {
    /// What people call it.
    pub name: &'static str,
    /// Containers that it comes in.
    pub containers: &'static [&'static str],
    /// Codecs that are decoded in them.
    pub codecs: &'static [&'static str],
    /// `in_process`, `ffmpeg` or `refused`.
    #[schema(value_type = String)]
    pub decoder: crate::services::DecodedBy,
    /// Whether it is read here, as the service is installed.
    pub is_read: bool,
    /// What a person should know; may be empty.
    pub note: &'static str,
}

/// What is accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Limits {
    /// Largest upload.
    pub max_upload_bytes: u64,
    /// Largest JSON body.
    pub max_json_bytes: u64,
    /// Longest recording.
    pub max_duration_ms: u64,
    /// Most channels.
    pub max_channels: u16,
    /// Lowest sample rate.
    pub min_sample_rate_hz: u32,
    /// Highest sample rate.
    pub max_sample_rate_hz: u32,
    /// Most packets of a container.
    pub max_packets: u64,
    /// Most samples that a file may decode to, over all channels.
    pub max_samples: u64,
    /// Most samples for each byte of a file, beyond `free_samples`.
    pub max_samples_per_byte: u64,
    /// Samples that a file may decode to whatever its size.
    pub free_samples: u64,
    /// Longest time that decoding may take.
    pub max_decode_ms: u64,
    /// Version of the ffmpeg that reads what is not decoded in process; none where there is none.
    pub ffmpeg_version: Option<String>,
    /// Longest run of ffmpeg by the wall clock.
    pub transcode_max_wall_s: u64,
    /// Most processor time of ffmpeg.
    pub transcode_max_cpu_s: u64,
    /// Largest address space of ffmpeg.
    pub transcode_max_memory_bytes: u64,
    /// Largest PCM that ffmpeg may make of a file.
    pub transcode_max_output_bytes: u64,
    /// Net speech that is needed.
    pub minimum_speech: MinimumSpeechBody,
    /// Formats that are known; what a file is comes from its content, never from its name.
    pub formats: Vec<FormatBody>,
    /// Most candidates of a search.
    pub max_top_k: u32,
    /// Most items in a page.
    pub max_page_limit: u32,
    /// Largest table of events.
    pub max_import_bytes: u64,
}

/// What is accepted.
#[utoipa::path(get, path = "/api/v1/limits", tag = "service", responses((status = 200, body = Limits)))]
pub async fn get_limits(State(state): State<AppState>) -> Json<Limits> {
    let decode = state.services.analyser().decode_limits();
    let service = state.services.settings();
    let minimum = &service.minimum_speech;
    let media = state.services.media();
    let transcode = &service.transcode;
    Json(Limits {
        max_upload_bytes: state.settings.max_upload_bytes,
        max_json_bytes: state.settings.max_json_bytes,
        max_duration_ms: decode.max_duration_ms,
        max_channels: decode.max_channels,
        min_sample_rate_hz: decode.min_sample_rate_hz,
        max_sample_rate_hz: decode.max_sample_rate_hz,
        max_packets: decode.max_packets,
        max_samples: decode.max_samples,
        max_samples_per_byte: decode.max_samples_per_byte,
        free_samples: decode.free_samples,
        max_decode_ms: decode.max_decode_ms,
        ffmpeg_version: media.transcoder().map(|found| found.version().to_owned()),
        transcode_max_wall_s: transcode.max_wall_s,
        transcode_max_cpu_s: transcode.max_cpu_s,
        transcode_max_memory_bytes: transcode.max_memory_bytes,
        transcode_max_output_bytes: transcode.max_output_bytes,
        minimum_speech: MinimumSpeechBody {
            voiceprint_ms: minimum.voiceprint().as_millis(),
            search_ms: minimum.search().as_millis(),
            enrol_ms: minimum.enrol().as_millis(),
            link_ms: minimum.link().as_millis(),
        },
        formats: media
            .formats()
            .map(|(row, is_read)| FormatBody {
                name: row.name,
                containers: row.containers,
                codecs: row.codecs,
                decoder: row.decoder,
                is_read,
                note: row.note,
            })
            .collect(),
        max_top_k: service.max_top_k,
        max_page_limit: MAX_LIMIT,
        max_import_bytes: service.entities.max_import_bytes,
    })
}
