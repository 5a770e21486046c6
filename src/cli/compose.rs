//! The composition root: settings become a pipeline, a store and the use cases.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use super::DataArgs;
use crate::config::{Config, DEFAULT_EMBEDDING};
use crate::domain::{Clock, Rng, SystemClock, SystemRng, SystemStopwatch};
use crate::embedding::Embedder;
use crate::jobs::{Presence, WorkerSettings, Workers};
use crate::pipeline::{Analyser, AnalyserParts};
use crate::runtime::{LibrarySearch, Model, OnnxRuntime, available_cores};
use crate::scoring::Calibration;
use crate::services::{
    CalibrationSource, Gallery, MediaOpener, Parts, PopulationSettings, ServiceSettings, Services,
    score_origin,
};
use crate::speech::VadDetector;
use crate::speech::diarize::SpeakerDetector;
use crate::store::Store;
use crate::store::blobs::BlobStore;
use crate::store::sqlite::SqliteStore;
use crate::transcode::Transcoder;

/// Name of a calibration beside its model.
const CALIBRATION_FILE: &str = "calibration.toml";

/// The folder of models: the setting, or the one found beside the binary or upwards.
pub(super) fn models_folder(config: &Config) -> anyhow::Result<PathBuf> {
    if config.models.dir.as_os_str().is_empty() {
        Ok(crate::runtime::models_folder()?)
    } else {
        Ok(config.models.dir.clone())
    }
}

/// Number of workers and of sessions in each pool.
pub(super) fn worker_count(config: &Config) -> NonZeroUsize {
    NonZeroUsize::new(config.workers.count).unwrap_or_else(available_cores)
}

/// The pipeline: loads the runtime and the models, and checks them.
pub(super) fn analyser(config: &Config, sessions: NonZeroUsize) -> anyhow::Result<Arc<Analyser>> {
    let runtime = OnnxRuntime::load(&LibrarySearch::standard())
        .context("ONNX Runtime cannot be loaded")?
        .timed(Arc::new(SystemStopwatch::start()));
    let folder = models_folder(config)?;
    let load = |name: &str| {
        Model::load(&folder.join(name), &runtime, sessions)
            .with_context(|| format!("model {name} cannot be loaded"))
    };
    let embedding = load(config.models.embedding())?;
    let vad = load(&config.models.vad)?;
    let segmentation = load(&config.models.segmentation)?;
    Ok(Arc::new(Analyser::new(AnalyserParts {
        embedder: Embedder::new(embedding)?,
        vad: VadDetector::new(vad, config.speech)?,
        speakers: SpeakerDetector::new(segmentation)?,
        clock: Arc::new(SystemClock),
        settings: config.analysis(),
    })?))
}

/// What opens recordings for the pipeline; looks for ffmpeg once.
pub(super) fn media(config: &Config, scratch: &Path) -> MediaOpener {
    let transcoder = Transcoder::find(&config.transcode);
    match &transcoder {
        Some(found) => {
            tracing::debug!(version = found.version(), path = %found.program().display(), "ffmpeg found");
        }
        None => tracing::info!("no ffmpeg: recordings that only it reads are refused"),
    }
    MediaOpener::new(transcoder, config.audio.clone(), scratch)
}

/// The calibration of the settings, or the one beside the pipeline's embedding model.
pub(super) fn calibration(
    config: &Config,
    analyser: &Analyser,
) -> anyhow::Result<Arc<Calibration>> {
    let path = match set_calibration(config) {
        Some(path) => path.to_owned(),
        None => shipped_calibration(config, analyser)?,
    };
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("calibration {} cannot be read", path.display()))?;
    let calibration = Calibration::parse(&text, &score_origin(analyser))
        .with_context(|| format!("calibration {} cannot be used", path.display()))?;
    Ok(Arc::new(
        calibration.speaking(config.evidence.verbal_scale.clone()),
    ))
}

/// The calibration that a setting names.
fn set_calibration(config: &Config) -> Option<&Path> {
    let path = config.models.calibration.as_path();
    (!path.as_os_str().is_empty()).then_some(path)
}

/// Where the calibration beside the model lies.
fn shipped_calibration(config: &Config, analyser: &Analyser) -> anyhow::Result<PathBuf> {
    Ok(models_folder(config)?
        .join(analyser.model_id().as_str())
        .join(CALIBRATION_FILE))
}

/// The setting's calibration, or the archive's.
fn calibration_source(config: &Config, analyser: &Analyser) -> anyhow::Result<CalibrationSource> {
    let Some(path) = set_calibration(config) else {
        return Ok(CalibrationSource::Archive);
    };
    let calibration = calibration(config, analyser)?;
    tracing::info!(
        path = %path.display(),
        name = calibration.name(),
        "setting models.calibration decides, not the archive's active calibration"
    );
    Ok(CalibrationSource::Setting(calibration))
}

/// Brings the calibration beside the model into the archive, and looks whether there is one to
/// answer with.
async fn settle_calibration(config: &Config, services: &Services) -> anyhow::Result<()> {
    let path = shipped_calibration(config, services.analyser())?;
    match register_calibration(&path, services).await {
        Ok(()) => {}
        // The setting decides, whatever lies beside the model.
        Err(error) if services.calibration_is_set() => {
            tracing::warn!(
                error = format!("{error:#}"),
                "shipped calibration is not added"
            );
        }
        Err(error) => return Err(error),
    }
    let calibration = services.calibration().await.with_context(|| {
        format!(
            "there is no calibration to answer with, expected {} or the setting models.calibration",
            path.display()
        )
    })?;
    tracing::debug!(name = calibration.name(), "calibration in use");
    Ok(())
}

async fn register_calibration(path: &Path, services: &Services) -> anyhow::Result<()> {
    match std::fs::read_to_string(path) {
        Ok(text) => services
            .register_shipped_calibration(&text)
            .await
            .with_context(|| format!("calibration {} cannot be used", path.display())),
        // A model of one's own may come without one.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => {
            Err(error).with_context(|| format!("calibration {} cannot be read", path.display()))
        }
    }
}

/// The data folder: the argument or the setting.
pub(super) fn data_folder(config: &Config, args: &DataArgs) -> PathBuf {
    args.data
        .clone()
        .unwrap_or_else(|| config.storage.data.clone())
}

/// Opens the database of a data folder.
pub(super) async fn open_store(data: &Path) -> anyhow::Result<SqliteStore> {
    std::fs::create_dir_all(data)
        .with_context(|| format!("data folder {} cannot be made", data.display()))?;
    SqliteStore::open(&data.join("voxtrace.db"))
        .await
        .with_context(|| format!("database in {} cannot be opened", data.display()))
}

/// The settings with the model of the archive's newest voiceprint, where they name none: with another
/// one nothing of the archive would be found.
async fn with_model_of_archive(config: &Config, store: &dyn Store) -> anyhow::Result<Config> {
    let mut config = config.clone();
    if config.models.embedding.is_empty()
        && let Some(model) = store.reader().await?.newest_model().await?
    {
        if model.as_str() != DEFAULT_EMBEDDING {
            tracing::info!(
                %model,
                usual = DEFAULT_EMBEDDING,
                "the archive's voiceprints are of another model than new archives get, which goes on"
            );
        }
        model.as_str().clone_into(&mut config.models.embedding);
    }
    Ok(config)
}

/// Opens a data folder and puts the use cases together; the index is in step with the store.
pub(super) async fn services(config: &Config, data: &Path) -> anyhow::Result<Arc<Services>> {
    let store: Arc<dyn Store> = Arc::new(open_store(data).await?);
    let config = &with_model_of_archive(config, store.as_ref()).await?;
    let analyser = analyser(config, worker_count(config))?;
    let calibration = calibration_source(config, &analyser)?;
    let blobs = BlobStore::open(data)
        .with_context(|| format!("blob folder in {} cannot be opened", data.display()))?;
    blobs
        .sweep()
        .context("abandoned uploads cannot be removed")?;
    let gallery = Arc::new(Gallery::new(
        config.index.clone(),
        analyser.model_id().clone(),
        Arc::clone(analyser.compensator()),
        analyser.dimensions(),
        &data.join("index"),
    ));
    gallery
        .open(store.as_ref())
        .await
        .context("search index cannot be filled")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let media = media(config, &data.join("incoming")).keeping(
        &data.join("derived").join("pcm"),
        config.transcode.max_kept_bytes,
        Arc::clone(&clock),
    );
    let rng: Arc<dyn Rng> = Arc::new(SystemRng);
    let services = Services::new(Parts {
        store,
        blobs: Arc::new(blobs),
        analyser,
        media: Arc::new(media),
        calibration,
        gallery,
        clock,
        rng,
        settings: ServiceSettings {
            data: data.to_owned(),
            minimum_speech: config.minimum_speech.clone(),
            suitability: config.suitability.clone(),
            transcode: config.transcode.clone(),
            max_attempts: config.workers.max_attempts,
            max_top_k: config.search.max_top_k,
            default_top_k: config.search.default_top_k,
            operating_points: config.search.operating_points.clone(),
            verbal_scale: config.evidence.verbal_scale.clone(),
            populations: PopulationSettings {
                min_voices: config.populations.min_voices,
                max_voices: config.populations.max_voices,
            },
            webhooks: config.webhooks.clone(),
            linking: config.linking.settings(),
            entities: config.entities.settings()?,
            signing_key: config.report.signing_key.clone(),
        },
    });
    settle_calibration(config, &services).await?;
    let read = services
        .read_older_parties()
        .await
        .context("numbers of older recordings cannot be read")?;
    if read > 0 {
        tracing::info!(
            recordings = read,
            "numbers of older recordings are entities now"
        );
    }
    Ok(Arc::new(services))
}

/// Workers over the use cases.
pub(super) fn workers(
    config: &Config,
    services: &Arc<Services>,
    data: &Path,
) -> anyhow::Result<Arc<Workers>> {
    let presence = Presence::announce(&data.join("workers"), &SystemClock, &SystemRng)?;
    let settings = WorkerSettings {
        count: worker_count(config).get(),
        deliveries: config.webhooks.workers,
        lease_ms: config.workers.lease_ms,
        backoff_ms: config.workers.backoff_ms,
        grace_ms: config.server.shutdown_grace_ms,
    };
    Ok(Arc::new(Workers::new(
        Arc::clone(services),
        presence,
        settings,
    )))
}
