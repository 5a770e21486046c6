//! Typed settings: the commented defaults of `config/default.toml` are compiled in, a file and
//! `VOXTRACE__…` variables change them, and what no setting is called is refused.

mod entities;
mod linking;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::audio::DecodeLimits;
use crate::delivery::WebhookSettings;
use crate::domain::{NetSpeech, OperatingPoint, VerbalScale, VerbalScaleError, is_name};
use crate::index::IndexConfig;
use crate::pipeline::AnalysisSettings;
use crate::scoring::{MinimumSpeech, SuitabilityThresholds};
use crate::speech::diarize::DiarizationConfig;
use crate::speech::{VadConfig, VadError};
use crate::transcode::TranscodeSettings;

pub use entities::EntitiesConfig;
pub use linking::LinkingConfig;

/// The defaults, as they stand in the tree.
pub const DEFAULT_TOML: &str = include_str!("../../config/default.toml");

/// Prefix of environment variables that change a setting, as in `VOXTRACE__SERVER__LISTEN`.
const ENVIRONMENT_PREFIX: &str = "VOXTRACE";

/// Why there are no settings.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A file or variable cannot be read as settings.
    #[error("settings cannot be read: {0}")]
    Unreadable(#[from] config::ConfigError),
    /// The settings of speech detection do not go together.
    #[error("settings of speech: {0}")]
    Speech(#[from] VadError),
    /// The bands of the verbal scale make none.
    #[error("setting evidence.verbal_scale: {0}")]
    VerbalScale(#[from] VerbalScaleError),
    /// A value lies outside its range.
    #[error("setting {field} is {found}, expected {expected}")]
    OutOfRange {
        /// Setting.
        field: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
}

/// Every setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// HTTP service.
    pub server: ServerConfig,
    /// Data folder.
    pub storage: StorageConfig,
    /// Models.
    pub models: ModelsConfig,
    /// Workers of the queue.
    pub workers: WorkersConfig,
    /// Limits on recordings.
    pub audio: DecodeLimits,
    /// What ffmpeg may use for recordings that only it reads.
    pub transcode: TranscodeSettings,
    /// Voice activity detection.
    pub speech: VadConfig,
    /// Telling speakers apart.
    pub diarization: DiarizationConfig,
    /// Net speech below which there is an outcome instead of a number.
    pub minimum_speech: MinimumSpeech,
    /// What a voice must measure to be used.
    pub suitability: SuitabilityThresholds,
    /// Voiceprints.
    pub voiceprint: VoiceprintConfig,
    /// Search index.
    pub index: IndexConfig,
    /// Searches.
    pub search: SearchConfig,
    /// Links of voices.
    pub linking: LinkingConfig,
    /// Words beside numbers.
    pub evidence: EvidenceConfig,
    /// Populations.
    pub populations: PopulationsConfig,
    /// How partners are called.
    pub webhooks: WebhookSettings,
    /// Entities, and tables of events.
    pub entities: EntitiesConfig,
    /// Reports.
    pub report: ReportConfig,
    /// Logs.
    pub log: LogConfig,
}

/// HTTP service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Address to listen on; loopback only until people and roles exist.
    pub listen: SocketAddr,
    /// Largest upload, in bytes.
    pub max_upload_bytes: u64,
    /// Largest JSON body, in bytes.
    pub max_json_bytes: u64,
    /// Time for a request that is no upload, in milliseconds.
    pub request_timeout_ms: u64,
    /// Time in which an upload must make some progress, in milliseconds.
    pub upload_idle_timeout_ms: u64,
    /// Time that running requests and jobs get at shutdown, in milliseconds.
    pub shutdown_grace_ms: u64,
}

/// Data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageConfig {
    /// Where everything is kept.
    pub data: PathBuf,
}

/// Embedding model where neither a setting nor an archive says another.
pub const DEFAULT_EMBEDDING: &str = "campplus-zh-en-telephone";

/// Models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelsConfig {
    /// Folder of models; empty to look beside the binary and upwards.
    pub dir: PathBuf,
    /// Embedding model; empty for the archive's own, or [`DEFAULT_EMBEDDING`].
    pub embedding: String,
    /// Voice activity model.
    pub vad: String,
    /// Model that tells the speakers of one channel apart.
    pub segmentation: String,
    /// File of the calibration; empty for the one beside the embedding model.
    pub calibration: PathBuf,
}

impl ModelsConfig {
    /// Folder of the embedding model.
    pub fn embedding(&self) -> &str {
        match self.embedding.as_str() {
            "" => DEFAULT_EMBEDDING,
            set => set,
        }
    }
}

/// Workers of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkersConfig {
    /// Recordings analysed at a time; 0 for the number of cores that the cgroup grants.
    pub count: usize,
    /// Time after which a silent worker's job is taken over, in milliseconds.
    pub lease_ms: u64,
    /// Tries after which a job is dead.
    pub max_attempts: u32,
    /// Pause before the second try, in milliseconds; doubles with each.
    pub backoff_ms: u64,
}

/// Voiceprints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceprintConfig {
    /// Most speech that goes into one embedding, in milliseconds: the first so many of the voice.
    pub max_speech_ms: u64,
}

/// Searches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchConfig {
    /// Candidates where no number is asked for.
    pub default_top_k: u32,
    /// Most candidates.
    pub max_top_k: u32,
    /// Operating points that every answer states.
    pub operating_points: Vec<OperatingPoint>,
}

impl SearchConfig {
    fn check(&self) -> Result<(), ConfigError> {
        const POINTS: &str = "search.operating_points";
        let mut seen: Vec<&OperatingPoint> = Vec::new();
        for point in &self.operating_points {
            if !is_name(&point.name) {
                let found = format!("the name {:?}", point.name);
                return Err(out_of_range(POINTS, found, "letters a to z and _"));
            }
            if !point.expected_false.is_finite() || point.expected_false <= 0.0 {
                let found = format!("{} = {}", point.name, point.expected_false);
                return Err(out_of_range(POINTS, found, "a number above 0"));
            }
            let same = |other: &&OperatingPoint| {
                other.name == point.name || other.expected_false == point.expected_false
            };
            if let Some(other) = seen.iter().copied().find(same) {
                let found = format!(
                    "{} = {} beside {} = {}",
                    point.name, point.expected_false, other.name, other.expected_false
                );
                return Err(out_of_range(POINTS, found, "distinct names and numbers"));
            }
            seen.push(point);
        }
        Ok(())
    }
}

/// Words beside numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceConfig {
    /// Words for ratios of a size, ascending.
    pub verbal_scale: VerbalScale,
}

/// Populations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationsConfig {
    /// Voices below which nothing is measured on a population.
    pub min_voices: u32,
    /// Most voices of a population.
    pub max_voices: u32,
}

/// Reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportConfig {
    /// File of the key that reports are signed with; empty for the one of the data folder.
    pub signing_key: PathBuf,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// How.
    pub format: LogFormat,
    /// From which level on: a `tracing` filter such as `info` or `voxtrace=debug`.
    pub level: String,
}

impl Config {
    /// The defaults, changed by a file where one is given, then by the environment.
    ///
    /// # Errors
    /// A file that is missing or no TOML, a setting that does not exist, or a value out of range.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let environment = config::Environment::with_prefix(ENVIRONMENT_PREFIX)
            .separator("__")
            .try_parsing(true);
        Self::from_sources(file, Some(environment))
    }

    /// The defaults alone.
    ///
    /// # Errors
    /// Never for the shipped file; a test holds that.
    pub fn defaults() -> Result<Self, ConfigError> {
        Self::from_sources(None, None)
    }

    fn from_sources(
        file: Option<&Path>,
        environment: Option<config::Environment>,
    ) -> Result<Self, ConfigError> {
        let mut builder = config::Config::builder().add_source(config::File::from_str(
            DEFAULT_TOML,
            config::FileFormat::Toml,
        ));
        if let Some(path) = file {
            builder = builder.add_source(config::File::from(path).format(config::FileFormat::Toml));
        }
        if let Some(environment) = environment {
            builder = builder.add_source(environment);
        }
        let config: Self = builder.build()?.try_deserialize()?;
        config.check()?;
        Ok(config)
    }

    /// The settings of the pipeline.
    pub fn analysis(&self) -> AnalysisSettings {
        AnalysisSettings {
            decode: self.audio.clone(),
            minimum_speech: self.minimum_speech.voiceprint(),
            max_speech: NetSpeech::from_millis(self.voiceprint.max_speech_ms),
            diarization: self.diarization,
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.speech.check()?;
        self.diarization.check()?;
        self.search.check()?;
        self.linking.check()?;
        self.evidence.verbal_scale.check()?;
        self.entities.check()?;
        let positive = [
            ("server.max_upload_bytes", self.server.max_upload_bytes),
            ("server.max_json_bytes", self.server.max_json_bytes),
            ("server.request_timeout_ms", self.server.request_timeout_ms),
            (
                "server.upload_idle_timeout_ms",
                self.server.upload_idle_timeout_ms,
            ),
            ("transcode.max_wall_s", self.transcode.max_wall_s),
            ("transcode.max_cpu_s", self.transcode.max_cpu_s),
            ("workers.max_attempts", u64::from(self.workers.max_attempts)),
            ("search.default_top_k", u64::from(self.search.default_top_k)),
            ("webhooks.timeout_ms", self.webhooks.timeout_ms),
            (
                "webhooks.connect_timeout_ms",
                self.webhooks.connect_timeout_ms,
            ),
            (
                "webhooks.max_attempts",
                u64::from(self.webhooks.max_attempts),
            ),
            ("webhooks.backoff_ms", self.webhooks.backoff_ms),
        ];
        if let Some((field, found)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(out_of_range(field, found, "at least 1"));
        }
        // A heartbeat comes every third of a lease and has to reach the disk in time.
        if self.workers.lease_ms < 3_000 {
            return Err(out_of_range(
                "workers.lease_ms",
                self.workers.lease_ms,
                "at least 3000",
            ));
        }
        // A call that outlasts its lease would be made twice at a time.
        if self.webhooks.timeout_ms >= self.workers.lease_ms {
            return Err(out_of_range(
                "webhooks.timeout_ms",
                self.webhooks.timeout_ms,
                "below workers.lease_ms",
            ));
        }
        if self.voiceprint.max_speech_ms < self.minimum_speech.voiceprint().as_millis() {
            return Err(out_of_range(
                "voiceprint.max_speech_ms",
                self.voiceprint.max_speech_ms,
                "at least minimum_speech.voiceprint_ms",
            ));
        }
        // Otherwise what ffmpeg decodes would be refused as too large a file.
        if self.transcode.max_output_bytes > self.audio.max_bytes {
            return Err(out_of_range(
                "transcode.max_output_bytes",
                self.transcode.max_output_bytes,
                "at most audio.max_bytes",
            ));
        }
        // Two voices are needed to say how alike those of a population are.
        let PopulationsConfig {
            min_voices,
            max_voices,
        } = self.populations;
        if min_voices < 2 || min_voices > max_voices {
            return Err(out_of_range(
                "populations.min_voices",
                min_voices,
                "at least 2, at most populations.max_voices",
            ));
        }
        if self.search.default_top_k > self.search.max_top_k {
            return Err(out_of_range(
                "search.default_top_k",
                self.search.default_top_k,
                "at most search.max_top_k",
            ));
        }
        Ok(())
    }
}

fn out_of_range(field: &'static str, found: impl ToString, expected: &'static str) -> ConfigError {
    ConfigError::OutOfRange {
        field,
        found: found.to_string(),
        expected,
    }
}

#[cfg(test)]
mod tests;
