//! `GET /metrics`: counts and durations in the Prometheus text format.

use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use metrics::{counter, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

use super::AppState;
use super::problem::Problem;

/// Bounds of the latency histogram, in seconds.
const LATENCY_BUCKETS_S: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// The recorder of this service; nothing global, so that two services in one process stay apart.
pub struct HttpMetrics {
    recorder: PrometheusRecorder,
}

impl HttpMetrics {
    /// An empty recorder.
    pub fn new() -> Self {
        let builder = PrometheusBuilder::new();
        let latency = Matcher::Full("voxtrace_http_request_duration_seconds".to_owned());
        let builder = builder
            .set_buckets_for_metric(latency, &LATENCY_BUCKETS_S)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        Self {
            recorder: builder.build_recorder(),
        }
    }

    /// Counts an answer.
    pub fn answered(&self, method: &str, route: &str, status: u16, elapsed: Duration) {
        with_local_recorder(&self.recorder, || {
            let labels = [
                ("method", method.to_owned()),
                ("route", route.to_owned()),
                ("status", status.to_string()),
            ];
            counter!("voxtrace_http_requests_total", &labels).increment(1);
            histogram!("voxtrace_http_request_duration_seconds", "route" => route.to_owned())
                .record(elapsed.as_secs_f64());
        });
    }

    fn render(&self) -> String {
        let handle = self.recorder.handle();
        handle.run_upkeep();
        handle.render()
    }
}

impl Default for HttpMetrics {
    fn default() -> Self {
        Self::new()
    }
}

/// Measurements of the service.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "service",
    responses((status = 200, description = "Prometheus text format", body = String, content_type = "text/plain")),
)]
pub async fn get_metrics(State(state): State<AppState>) -> Result<impl IntoResponse, Problem> {
    let counts = state.services.store().reader().await?.job_counts().await?;
    let figures = state.services.alert_figures().await?;
    with_local_recorder(&state.metrics.recorder, || {
        gauge!("voxtrace_voices").set(state.services.gallery().len() as f64);
        for (model, busy) in state.services.analyser().network_times() {
            gauge!("voxtrace_network_busy_seconds", "model" => model.to_string())
                .set(busy.as_secs_f64());
        }
        for (job_state, count) in counts {
            gauge!("voxtrace_jobs", "state" => job_state.as_str()).set(count as f64);
        }
        for (alert_state, count) in figures.alerts {
            gauge!("voxtrace_alerts", "state" => alert_state.as_str()).set(count as f64);
        }
        for (delivery_state, count) in figures.deliveries {
            gauge!("voxtrace_deliveries", "state" => delivery_state.as_str()).set(count as f64);
        }
        let age = Duration::from_millis(figures.oldest_pending_ms);
        gauge!("voxtrace_delivery_oldest_pending_seconds").set(age.as_secs_f64());
    });
    let content_type = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    Ok((content_type, state.metrics.render()))
}
