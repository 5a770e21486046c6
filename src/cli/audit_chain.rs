//! `voxtrace audit verify`

use anyhow::Context;
use serde_json::json;

use super::DataArgs;
use super::compose::{data_folder, open_store};
use super::output::{Exit, Output};
use crate::audit;
use crate::config::Config;
use crate::store::Store;

pub(super) async fn verify(
    config: &Config,
    args: DataArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let data = data_folder(config, &args);
    anyhow::ensure!(
        data.join("voxtrace.db").is_file(),
        "there is no archive in {}, expected a data folder",
        data.display()
    );
    let store = open_store(&data).await?;
    let outcome = {
        let mut reader = store.reader().await.context("audit chain cannot be read")?;
        audit::verify(reader.as_mut()).await
    };
    store.close().await;
    match outcome {
        Ok(verified) => {
            if as_json {
                output.json(&json!({
                    "ok": true,
                    "rows": verified.rows,
                    "head_hash": verified.head_hash,
                }))?;
            } else {
                output.line(&format!(
                    "audit chain is whole: {} rows, head {}",
                    verified.rows, verified.head_hash
                ))?;
            }
            Ok(Exit::Done)
        }
        Err(error) => {
            if as_json {
                output.json(&json!({ "ok": false, "error": error.to_string() }))?;
            } else {
                output.line(&format!("audit chain is NOT whole: {error}"))?;
            }
            Ok(Exit::Failed)
        }
    }
}
