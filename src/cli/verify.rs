//! `voxtrace verify REPORT LEFT RIGHT`: who signed a report, and does it say what its recordings give?

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::output::{Exit, Output, Usage};
use super::verify_again::{Again, Recordings};
use crate::audit::canonical_json;
use crate::config::Config;
use crate::domain::{ComparisonFindings, Sha256};
use crate::report::{
    PublicKey, ReportSignature, ReportSignatureError, SignedKind, findings_in, signature_in,
};
use crate::services::{Language, ReportKeyPlace, comparison_page, read_public_key};

/// Largest report that is read: a page has some tens of kilobytes, and segments of a long call that
/// a person set some hundreds.
const MAX_REPORT_BYTES: u64 = 64 << 20;

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Page of `compare --report` or of the service, or result.json of `evaluate --out`, of which the
    /// signature alone is checked.
    report: PathBuf,
    /// Recordings of the report: left and right; with a subject on the right, the left one and those
    /// of the subject in any order.
    #[arg(value_name = "RECORDING")]
    recordings: Vec<PathBuf>,
    /// Public key (PEM) that must have signed the report; several may be given, one of which must.
    #[arg(long, value_name = "FILE")]
    public_key: Vec<PathBuf>,
    /// Data folder of the archive that the report is from: it has the recordings, the populations, the
    /// calibrations and the keys.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

pub(super) async fn run(
    config: &Config,
    args: VerifyArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let page = read_report(&args.report)?;
    let keys = Keys::read(config, &args)?;
    if page.trim_start().starts_with('{') {
        return evaluation(&page, &args, &keys, (as_json, output));
    }
    let embedded = findings_in(&page).with_context(|| {
        format!(
            "{} holds no findings, expected a report of `voxtrace compare --report`",
            args.report.display()
        )
    })?;
    let misunderstood = || {
        format!(
            "findings of {} are not understood: the report was changed, or another version of \
             Voxtrace made it",
            args.report.display()
        )
    };
    let value: Value = serde_json::from_str(embedded).with_context(misunderstood)?;
    let signature = match signature_in(&page) {
        None => None,
        Some(text) => {
            let read: ReportSignature = serde_json::from_str(text).with_context(|| {
                format!("signature of {} cannot be read", args.report.display())
            })?;
            Some(read)
        }
    };
    // Before anything else is believed or computed.
    let signed = keys.check(
        signature.as_ref(),
        (SignedKind::Comparison, &canonical_json(&value)),
    )?;
    if !as_json {
        output.line(&signed.text())?;
    }
    let reported: ComparisonFindings = serde_json::from_value(value).with_context(misunderstood)?;
    let recordings = Recordings::of(&args.recordings, reported.subject.is_some())?;
    let again = Again::open(config, &reported, recordings, args.data.as_deref()).await?;
    let outcome = again.made(&reported).await;
    again.close().await;
    let (found, not_computed) = outcome?;
    let differences = reported.differences(&found);
    // Each page is a function of its findings; one that another version drew may differ in form.
    let language = if page.contains("<html lang=\"zh\">") {
        Language::Chinese
    } else {
        Language::English
    };
    let whole = comparison_page(&reported, signature.as_ref(), language)? == page;
    let no_difference = differences.is_empty();
    let reproduced = no_difference && not_computed.is_empty();
    if as_json {
        output.json(&json!({
            "signature": signed.json(),
            "reproduced": reproduced,
            "page_unchanged": whole,
            "differences": differences,
            "not_computed": not_computed,
        }))?;
    } else {
        for difference in &differences {
            output.line(&format!(
                "differs: {} is {} in the report, {} now",
                difference.field, difference.reported, difference.found
            ))?;
        }
        for what in &not_computed {
            output.line(&format!("not computed: {what}"))?;
        }
        if !whole {
            output.line(
                "the page is not what its findings give: it was changed, or made with another \
                 version",
            )?;
        }
        if reproduced && whole {
            output.line(
                "reproduced: recordings, measurements, score and ratio are those of the report",
            )?;
        }
    }
    Ok(match (no_difference && whole, not_computed.is_empty()) {
        (false, _) => Exit::Failed,
        (true, true) => Exit::Done,
        (true, false) => Exit::NoResult,
    })
}

/// The result of an evaluation: its signature alone, since `evaluate` itself makes it again.
fn evaluation(
    text: &str,
    args: &VerifyArgs,
    keys: &Keys,
    (as_json, output): (bool, &Output),
) -> anyhow::Result<Exit> {
    if !args.recordings.is_empty() {
        return Err(Usage(
            "the result of an evaluation is verified without recordings: `evaluate` makes it again"
                .to_owned(),
        )
        .into());
    }
    let name = args.report.display();
    let mut result: Value = serde_json::from_str(text)
        .with_context(|| format!("{name} is no result of `voxtrace evaluate --out`"))?;
    let fields = result.as_object_mut();
    let fields = fields.filter(|fields| fields.contains_key("facts"));
    let fields = fields.with_context(|| format!("{name} is no result of an evaluation"))?;
    let signature: Option<ReportSignature> = match fields.remove("signature") {
        None | Some(Value::Null) => None,
        Some(value) => Some(
            serde_json::from_value(value)
                .with_context(|| format!("signature of {name} cannot be read"))?,
        ),
    };
    let signed = keys.check(
        signature.as_ref(),
        (SignedKind::Evaluation, &canonical_json(&result)),
    )?;
    if as_json {
        output.json(&json!({ "signature": signed.json() }))?;
    } else {
        output.line(&signed.text())?;
    }
    Ok(Exit::Done)
}

/// Public keys that are expected, and those of an archive.
struct Keys {
    expected: Vec<PublicKey>,
    /// None where no archive was named.
    of_archive: Option<Vec<PublicKey>>,
}

impl Keys {
    fn read(config: &Config, args: &VerifyArgs) -> anyhow::Result<Self> {
        let expected = args.public_key.iter().map(|path| read_public_key(path));
        let of_archive = match &args.data {
            None => None,
            Some(data) => {
                let mut known = ReportKeyPlace::Archive(data.clone()).known()?;
                let set = &config.report.signing_key;
                if !set.as_os_str().is_empty() {
                    known.extend(ReportKeyPlace::File(set.clone()).known()?);
                }
                Some(known)
            }
        };
        Ok(Self {
            expected: expected.collect::<Result<_, _>>()?,
            of_archive,
        })
    }

    fn check(
        &self,
        signature: Option<&ReportSignature>,
        (kind, canonical): (SignedKind, &str),
    ) -> anyhow::Result<Signed> {
        let expected: Vec<Sha256> = self.expected.iter().map(PublicKey::id).collect();
        let Some(signature) = signature else {
            ensure!(
                expected.is_empty(),
                "the report is not signed, expected a signature with one of the keys of --public-key"
            );
            return Ok(Signed::Nobody);
        };
        let key = signature.check(kind, canonical)?;
        let key_id = key.id();
        if !expected.is_empty() {
            ensure!(
                self.expected.contains(&key),
                ReportSignatureError::OtherKey {
                    found: key_id,
                    expected,
                }
            );
            return Ok(Signed::By(key_id, Known::Expected));
        }
        let known = match &self.of_archive {
            None => Known::NotChecked,
            Some(keys) if keys.contains(&key) => Known::Archive,
            Some(_) => Known::Stranger,
        };
        Ok(Signed::By(key_id, known))
    }
}

/// Who signed a document.
enum Signed {
    Nobody,
    By(Sha256, Known),
}

/// What is known of a key that signed.
#[derive(Clone, Copy)]
enum Known {
    /// It is one of those that were expected.
    Expected,
    /// It is one of the archive.
    Archive,
    /// It is none of the archive.
    Stranger,
    /// There was nothing to compare it with.
    NotChecked,
}

impl Signed {
    fn json(&self) -> Value {
        match self {
            Self::Nobody => json!({ "state": "unsigned" }),
            Self::By(key_id, known) => json!({
                "state": "signed",
                "key_id": key_id,
                "key_is": match known {
                    Known::Expected => "expected",
                    Known::Archive => "of_archive",
                    Known::Stranger => "not_of_archive",
                    Known::NotChecked => "not_compared",
                },
            }),
        }
    }

    fn text(&self) -> String {
        let (key_id, known) = match self {
            Self::Nobody => return "unsigned: the report does not say who issued it".to_owned(),
            Self::By(key_id, known) => (key_id, known),
        };
        let known = match known {
            Known::Expected => "one of those given",
            Known::Archive => "one of the archive",
            Known::Stranger => "NOT one of the archive",
            Known::NotChecked => {
                "whose holder is not shown: compare the id with the one that the issuer made known"
            }
        };
        format!("signed with the key {key_id}, {known}; nothing in the findings was changed since")
    }
}

fn read_report(path: &Path) -> anyhow::Result<String> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut page = String::new();
    file.take(MAX_REPORT_BYTES + 1)
        .read_to_string(&mut page)
        .with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(
        page.len() as u64 <= MAX_REPORT_BYTES,
        "{} is larger than {MAX_REPORT_BYTES} bytes, expected a report",
        path.display()
    );
    Ok(page)
}
