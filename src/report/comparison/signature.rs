//! Who issued a report, as the page says it and as it holds it.

use maud::{Markup, PreEscaped, html};

use super::words::Language;
use super::{DATA_END, embedded};
use crate::report::signing::ReportSignature;

const SIGNATURE_START: &str = "<script type=\"application/json\" id=\"signature\">";

/// The key, and what its signature shows and does not show.
pub(super) fn section(signature: &ReportSignature, language: Language) -> Markup {
    html! {
        p {
            (language.of("Signed with the key (id, Ed25519): ", "签名所用密钥（编号，Ed25519）："))
            code { (signature.key_id) }
        }
        ul { @for line in language.signature() { li { (line) } } }
    }
}

/// The signature as JSON, for who checks it.
pub(super) fn data(signature: &ReportSignature) -> Markup {
    let members = [
        ("algorithm", signature.algorithm.clone()),
        ("key_id", signature.key_id.to_string()),
        ("public_key", signature.public_key.clone()),
        ("signature", signature.signature.clone()),
    ];
    // In this order, whatever the JSON crate keeps of it.
    let members: Vec<String> = members
        .into_iter()
        .map(|(name, text)| format!("\"{name}\":{}", serde_json::Value::from(text)))
        .collect();
    let json = format!("{{{}}}", members.join(","));
    html! { (PreEscaped(SIGNATURE_START)) (PreEscaped(embedded(&json))) (PreEscaped(DATA_END)) }
}

/// The JSON of the signature that a page holds; none where the report is not signed.
pub fn signature_in(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once(SIGNATURE_START)?;
    let (json, _) = rest.split_once(DATA_END)?;
    Some(json)
}
