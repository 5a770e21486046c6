//! `voxtrace index build|check`

use serde_json::json;

use super::DataArgs;
use super::compose::{data_folder, services};
use super::output::{Exit, Output};
use crate::config::Config;
use crate::services::Actor;

pub(super) async fn build(
    config: &Config,
    args: DataArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let services = services(config, &data_folder(config, &args)).await?;
    let voices = services.rebuild_index(&Actor::command_line()).await?;
    services.store().close().await;
    if as_json {
        output.json(&json!({ "voices": voices }))?;
    } else {
        output.line(&format!(
            "index holds {voices} voices, its snapshot is written"
        ))?;
    }
    Ok(Exit::Done)
}

pub(super) async fn check(
    config: &Config,
    args: DataArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let services = services(config, &data_folder(config, &args)).await?;
    let report = services.gallery().check().await?;
    services.store().close().await;
    let whole = report.self_found == report.points;
    if as_json {
        output.json(&json!({
            "voices": report.points,
            "self_found": report.self_found,
            "recall_at_10": report.recall_at_10,
            "ok": whole,
        }))?;
    } else {
        let recall = report.recall_at_10.map_or_else(
            || "exact scan only".to_owned(),
            |recall| format!("HNSW recall@10 {recall:.4}"),
        );
        output.line(&format!(
            "{} of {} voices find themselves; {recall}",
            report.self_found, report.points
        ))?;
    }
    Ok(if whole { Exit::Done } else { Exit::Failed })
}
