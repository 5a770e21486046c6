//! Keeps other sites' pages out. Whoever reaches the port may do everything, and a browser on this
//! machine reaches it for any page that asks: under a foreign name that was made to point here, or
//! by sending a form. Both betray themselves in the headers.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// Refuses a request under a name that is not this machine's, or from another site's page.
pub async fn layer(request: Request, next: Next) -> Response {
    match refusal(request.headers()) {
        None => next.run(request).await,
        Some(problem) => problem.into_response(),
    }
}

fn refusal(headers: &HeaderMap) -> Option<Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    if !is_loopback(host) {
        let detail = format!("host is {host:?}, expected localhost or a loopback address");
        return Some(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "foreign_host",
            detail,
        ));
    }
    let origin = headers
        .get(header::ORIGIN)?
        .to_str()
        .unwrap_or("not readable");
    let same = origin
        .strip_prefix("http://")
        .is_some_and(|site| site.eq_ignore_ascii_case(host));
    if same {
        return None;
    }
    let detail = format!("origin is {origin:?}, expected the service's own pages");
    Some(Problem::new(
        StatusCode::FORBIDDEN,
        "foreign_origin",
        detail,
    ))
}

/// Whether a `Host` names this machine, with or without a port.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn refused(host: &'static str, origin: Option<&'static str>) -> Option<u16> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        refusal(&headers).map(|problem| problem.status)
    }

    #[test]
    fn only_this_machine_is_answered() {
        for host in [
            "localhost:8080",
            "127.0.0.1:8080",
            "127.0.0.1",
            "[::1]:8080",
            "LOCALHOST",
        ] {
            assert_eq!(refused(host, None), None, "{host}");
        }
        for host in [
            "rebound.example:8080",
            "10.0.0.1:8080",
            "",
            "127.0.0.1.example",
        ] {
            assert_eq!(refused(host, None), Some(421), "{host}");
        }
    }

    #[test]
    fn another_sites_page_is_refused_and_our_own_is_not() {
        assert_eq!(
            refused("localhost:8080", Some("http://localhost:8080")),
            None
        );
        assert_eq!(
            refused("localhost:8080", Some("http://localhost:9999")),
            Some(403)
        );
        assert_eq!(
            refused("localhost:8080", Some("https://other.example")),
            Some(403)
        );
        assert_eq!(refused("localhost:8080", Some("null")), Some(403));
    }
}
