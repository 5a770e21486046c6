//! The HTTP interface: one endpoint a file below the noun that it serves.
//!
//! Invariant: only this module knows status codes and what is sent.

mod alerts;
mod calibrations;
mod cases;
mod comparisons;
mod dto;
mod entities;
mod etag;
mod events;
mod extract;
mod find;
mod graph;
mod groups;
mod health;
mod idempotency;
mod imports;
mod incoming;
mod jobs;
mod limits;
mod links;
mod local;
mod metrics;
mod models;
mod pages;
mod paging;
mod populations;
mod problem;
mod recordings;
mod request_id;
mod router;
mod rules;
mod searches;
mod series;
mod subjects;
mod voices;
mod watchlists;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::domain::Rng;
use crate::services::InstalledModel;
use crate::services::Services;

pub use dto::StoredCalibrationBody;
pub use problem::Problem;
pub use router::{openapi_json, router};

/// Settings of the interface.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Largest upload, in bytes.
    pub max_upload_bytes: u64,
    /// Largest JSON body, in bytes.
    pub max_json_bytes: u64,
    /// Time for a request that is no upload, in milliseconds.
    pub request_timeout_ms: u64,
    /// Time in which an upload must make some progress, in milliseconds.
    pub upload_idle_timeout_ms: u64,
    /// Time that running requests get at shutdown, in milliseconds.
    pub shutdown_grace_ms: u64,
    /// Models that are installed.
    pub models: Vec<InstalledModel>,
}

/// What every endpoint works with.
#[derive(Clone)]
pub struct AppState {
    services: Arc<Services>,
    settings: Arc<HttpSettings>,
    metrics: Arc<metrics::HttpMetrics>,
    keys: Arc<idempotency::KeysAtWork>,
    shutdown: CancellationToken,
}

impl AppState {
    /// The state of one service.
    pub fn new(
        services: Arc<Services>,
        settings: HttpSettings,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            services,
            settings: Arc::new(settings),
            metrics: Arc::new(metrics::HttpMetrics::new()),
            keys: Arc::new(idempotency::KeysAtWork::default()),
            shutdown,
        }
    }

    fn rng(&self) -> &dyn Rng {
        self.services.rng()
    }
}

/// Answers requests until `shutdown`, then lets those that run end within the grace.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    services: Arc<Services>,
    settings: HttpSettings,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let grace = Duration::from_millis(settings.shutdown_grace_ms);
    let state = AppState::new(services, settings, shutdown.clone());
    let stop = shutdown.clone();
    let serving = axum::serve(listener, router(state))
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .into_future();
    let serving = tokio::spawn(serving);
    let aborter = serving.abort_handle();
    let deadline = tokio::spawn(async move {
        shutdown.cancelled().await;
        tokio::time::sleep(grace).await;
        aborter.abort();
    });
    let outcome = serving.await;
    deadline.abort();
    match outcome {
        Ok(served) => served,
        // Requests that outlast the grace are cut off.
        Err(error) if error.is_cancelled() => Ok(()),
        Err(error) => Err(std::io::Error::other(error)),
    }
}
