//! `voxtrace models list|verify`

use anyhow::Context;
use serde_json::json;

use super::compose::models_folder;
use super::output::{Exit, Output, table};
use crate::config::Config;
use crate::runtime::{self, LibrarySearch, OnnxRuntime, Verdict};

pub(super) fn list(config: &Config, as_json: bool, output: &Output) -> anyhow::Result<Exit> {
    let mut rows = vec![
        ["model", "role", "licence", "SHA-256"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for (folder, manifest) in runtime::list_models(&models_folder(config)?)? {
        if as_json {
            output.json(&json!({
                "id": manifest.id,
                "role": manifest.role,
                "licence": manifest.licence,
                "origin": manifest.origin,
                "sha256": manifest.sha256,
                "path": folder.display().to_string(),
            }))?;
        }
        rows.push(vec![
            manifest.id.to_string(),
            manifest.role.to_string(),
            manifest.licence,
            manifest.sha256.to_string(),
        ]);
    }
    if !as_json {
        output.line(&table(&rows))?;
    }
    Ok(Exit::Done)
}

pub(super) fn verify(config: &Config, as_json: bool, output: &Output) -> anyhow::Result<Exit> {
    let library =
        OnnxRuntime::load(&LibrarySearch::standard()).context("ONNX Runtime cannot be loaded")?;
    let mut failed = false;
    for Verdict { manifest, outcome } in runtime::verify(&models_folder(config)?, &library)? {
        let fault = outcome.err();
        failed |= fault.is_some();
        if as_json {
            output.json(&json!({
                "id": manifest.id,
                "ok": fault.is_none(),
                "error": fault.as_ref().map(ToString::to_string),
            }))?;
        } else {
            let verdict = fault.map_or_else(
                || "hash and golden vectors agree".to_owned(),
                |error| format!("REFUSED: {error}"),
            );
            output.line(&format!("{}: {verdict}", manifest.id))?;
        }
    }
    Ok(if failed { Exit::Failed } else { Exit::Done })
}
