//! Addresses of pages, and addresses in a network.

// The type alone; this module reaches no network.
use core::net::IpAddr;

use url::Url;

use super::text::folded;

/// RFC 3986 normal form. `http` and `https` are left out, since they lead to one page; what has no
/// scheme is read as one of them. The fragment never reaches the server and is left out too.
///
/// # Source
/// RFC 3986, clauses 4.2 (a reference that begins with `//`) and 6.2.2.
pub(super) fn url(text: &str) -> Result<String, &'static str> {
    const EXPECTED: &str = "the address of a page, such as https://example.com/path";
    let whole = match text.strip_prefix("//") {
        Some(rest) => format!("https://{rest}"),
        None if text.contains("://") => text.to_owned(),
        None => format!("https://{text}"),
    };
    let mut url = Url::parse(&whole).map_err(|_| EXPECTED)?;
    let host = url.host_str().unwrap_or_default();
    let is_web = matches!(url.scheme(), "http" | "https");
    if host.is_empty() || (is_web && !host.contains(['.', ':'])) {
        return Err(EXPECTED);
    }
    url.set_fragment(None);
    if !is_web {
        return Ok(url.to_string());
    }
    // Names and passwords in an address lead nobody elsewhere.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let default_port = matches!(
        (url.scheme(), url.port()),
        ("http", Some(443)) | ("https", Some(80))
    );
    if default_port {
        let _ = url.set_port(None);
    }
    let form = url.to_string();
    let form = form.split_once(':').map_or(form.as_str(), |(_, rest)| rest);
    Ok(form.to_owned())
}

/// An IP address in its one way of writing, or folded text.
pub(super) fn address(text: &str) -> String {
    match text.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => folded(text),
    }
}
