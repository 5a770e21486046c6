//! One leased job's heartbeat: renews the lease, reports progress, and learns of cancellation.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crate::domain::{Job, JobState};
use crate::services::{Event, Services};
use crate::store::StoreError;

/// What the heartbeat and the work share.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// Fraction done, as the bits of an f32.
    progress: AtomicU32,
    stop: AtomicBool,
    lost: AtomicBool,
}

impl Pulse {
    /// The work reports how far it is, and hears whether to go on.
    pub(super) fn report(&self, progress: f32) -> ControlFlow<()> {
        self.progress
            .store(progress.clamp(0.0, 1.0).to_bits(), Ordering::Relaxed);
        if self.stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Asks the work to stop.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether the lease was lost, so that nothing may be written about the job any more.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    fn progress(&self) -> f32 {
        f32::from_bits(self.progress.load(Ordering::Relaxed))
    }

    fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
        self.stop();
    }
}

/// Beats until it is aborted or the lease is lost.
pub(super) async fn beat(
    services: Arc<Services>,
    job: Job,
    owner: String,
    lease_ms: u64,
    pulse: Arc<Pulse>,
) {
    let mut ticks = tokio::time::interval(Duration::from_millis(lease_ms / 3));
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let now = services.clock().now();
        let until = now.plus_millis(lease_ms as i64);
        let progress = pulse.progress();
        match services
            .store()
            .heartbeat(job.id, &owner, progress, now, until)
            .await
        {
            Ok(()) => services.tell(Event::Job {
                id: job.id,
                kind: job.task.kind(),
                state: JobState::Running,
                progress,
                recording_id: job.task.recording_id(),
            }),
            Err(StoreError::LeaseLost { .. }) => {
                tracing::info!(job_id = %job.id, "lease is lost, the work stops");
                pulse.lose();
                return;
            }
            // A busy database is no reason to stop: the lease still runs for two more beats.
            Err(error) => tracing::warn!(job_id = %job.id, %error, "heartbeat failed"),
        }
    }
}
