//! Which key a document is signed with, and `voxtrace report-key`.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use serde_json::json;

use super::DataArgs;
use super::compose::{data_folder, open_store};
use super::output::{Exit, Output, write_new};
use crate::config::Config;
use crate::domain::{SystemClock, SystemRng};
use crate::report::ReportKey;
use crate::services::{Actor, ReportKeyPlace, read_report_key};
use crate::store::Store;

/// What a document is signed with.
#[derive(Debug, Args)]
pub(super) struct SignArgs {
    /// Private key (PEM, Ed25519) that the report is signed with; left out, the one of the setting
    /// report.signing_key, or that of the archive where --data names one.
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
}

impl SignArgs {
    /// The key to sign with; none where none was named in any way.
    pub(super) async fn key(
        &self,
        config: &Config,
        data: &DataArgs,
    ) -> anyhow::Result<Option<ReportKey>> {
        if let Some(path) = &self.sign {
            return Ok(Some(read_report_key(path)?));
        }
        let set = &config.report.signing_key;
        if !set.as_os_str().is_empty() {
            return Ok(Some(read_report_key(set)?));
        }
        let Some(folder) = &data.data else {
            return Ok(None);
        };
        ensure!(
            folder.join("voxtrace.db").exists(),
            "there is no archive in {} whose key could sign",
            folder.display()
        );
        let store = open_store(folder).await?;
        let place = ReportKeyPlace::Archive(folder.clone());
        let actor = Actor::command_line();
        let key = place.settle(&store, (&SystemClock, &SystemRng), &actor);
        let key = key.await;
        store.close().await;
        Ok(Some(key?))
    }
}

/// What is said of a document that nobody signed.
pub(super) const UNSIGNED: &str = "it is not signed: name a key by --sign, by the setting \
    report.signing_key, or an archive by --data";

#[derive(Debug, Args)]
pub(super) struct ReportKeyArgs {
    /// Write the public key to this file, which must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Take a new key from now on; the public half of the old one stays in the data folder.
    #[arg(long)]
    renew: bool,
    #[command(flatten)]
    data: DataArgs,
}

pub(super) async fn run(
    config: &Config,
    args: ReportKeyArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let data = data_folder(config, &args.data);
    let place = ReportKeyPlace::of(&config.report.signing_key, &data);
    let store = open_store(&data).await?;
    let (sources, actor) = ((&SystemClock as _, &SystemRng as _), Actor::command_line());
    let key = if args.renew {
        place.renew(&store, sources, &actor).await
    } else {
        place.settle(&store, sources, &actor).await
    };
    store.close().await;
    let public = key?.public();
    if let Some(path) = &args.out {
        write_new("public key", path, &public.to_pem())?;
    }
    if as_json {
        let known = place.known()?.into_iter().map(|key| key.id());
        output.json(&json!({
            "key_id": public.id(),
            "public_key": public.to_pem(),
            "by_setting": matches!(place, ReportKeyPlace::File(_)),
            "known_key_ids": known.collect::<Vec<_>>(),
        }))?;
    } else {
        output.line(&format!("key id {}", public.id()))?;
        output.raw(&public.to_pem())?;
    }
    Ok(Exit::Done)
}
