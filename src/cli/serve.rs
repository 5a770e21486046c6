//! `voxtrace serve`: the HTTP service with its workers.

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::ServeArgs;
use super::compose::{data_folder, models_folder, services, workers};
use super::output::{Exit, Output, Usage};
use crate::config::Config;
use crate::http::{self, HttpSettings};
use crate::runtime::list_models;
use crate::services::InstalledModel;

pub(super) async fn run(config: Config, args: ServeArgs, output: &Output) -> anyhow::Result<Exit> {
    let listen = args.listen.unwrap_or(config.server.listen);
    if !listen.ip().is_loopback() {
        return Err(Usage(format!(
            "listen address is {listen}, expected a loopback address such as 127.0.0.1:8080: \
             there are no people and roles yet, so anyone who reaches the service may read, search \
             and enrol"
        ))
        .into());
    }
    let data = data_folder(&config, &args.data);
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}, choose another address with --listen")
    })?;
    let address = listener.local_addr()?;
    let services = services(&config, &data).await?;
    let shutdown = CancellationToken::new();
    let working = tokio::spawn(workers(&config, &services, &data)?.run(shutdown.clone()));
    let stop = shutdown.clone();
    tokio::spawn(async move {
        wait_for_signal().await;
        tracing::info!("shutting down: requests and jobs end or are given back");
        stop.cancel();
    });
    let settings = HttpSettings {
        max_upload_bytes: config.server.max_upload_bytes,
        max_json_bytes: config.server.max_json_bytes,
        request_timeout_ms: config.server.request_timeout_ms,
        upload_idle_timeout_ms: config.server.upload_idle_timeout_ms,
        shutdown_grace_ms: config.server.shutdown_grace_ms,
        models: list_models(&models_folder(&config)?)?
            .into_iter()
            .map(|(_, manifest)| InstalledModel {
                id: manifest.id.to_string(),
                role: manifest.role.to_string(),
                sha256: manifest.sha256,
                licence: manifest.licence,
                origin: manifest.origin,
            })
            .collect(),
    };
    tracing::info!(%address, data = %data.display(), "service is listening");
    output.line(&format!("Voxtrace listens on http://{address}/"))?;
    http::serve(
        listener,
        std::sync::Arc::clone(&services),
        settings,
        shutdown.clone(),
    )
    .await
    .context("service ended early")?;
    shutdown.cancel();
    working.await.context("workers ended early")??;
    services.store().close().await;
    Ok(Exit::Done)
}

/// Returns at the first of the signals that ask a process to end.
async fn wait_for_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be heard");
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}
