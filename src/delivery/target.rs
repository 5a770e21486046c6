//! A partner's address.

use std::fmt;
use std::net::IpAddr;

use hyper::Uri;
use thiserror::Error;

/// Longest address, in bytes.
const MAX_URL_BYTES: usize = 2000;

/// Why a text is no address that can be called.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TargetError {
    /// It is too long.
    #[error("an address of {bytes} bytes")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It is no URL.
    #[error("no URL ({detail})")]
    NoUrl {
        /// What is wrong.
        detail: String,
    },
    /// Its scheme is another.
    #[error("a URL of scheme {found:?}")]
    Scheme {
        /// The scheme.
        found: String,
    },
    /// It names a user or a password, which would end up in logs.
    #[error("a URL with a user name")]
    UserInfo,
    /// It has no host.
    #[error("a URL without a host")]
    NoHost,
}

impl TargetError {
    /// What is expected in its place.
    pub const EXPECTED: &'static str = "an https URL of at most 2000 bytes without a user name, \
         such as https://partner.example/voxtrace";
}

/// A partner's address, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    is_secure: bool,
    host: String,
    port: u16,
    path: String,
}

impl Target {
    /// Reads a URL of `https`, or of `http` for addresses that a setting names.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if text.len() > MAX_URL_BYTES {
            return Err(TargetError::TooLong { bytes: text.len() });
        }
        let uri: Uri = text
            .parse()
            .map_err(|error: hyper::http::uri::InvalidUri| TargetError::NoUrl {
                detail: error.to_string(),
            })?;
        let is_secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            found => {
                return Err(TargetError::Scheme {
                    found: found.unwrap_or_default().to_owned(),
                });
            }
        };
        let authority = uri.authority().ok_or(TargetError::NoHost)?;
        if authority.as_str().contains('@') {
            return Err(TargetError::UserInfo);
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(TargetError::NoHost);
        }
        let after_host = authority.as_str().strip_prefix(authority.host());
        let port = match (after_host, authority.port_u16()) {
            (_, Some(port)) => port,
            (Some(""), None) => {
                if is_secure {
                    443
                } else {
                    80
                }
            }
            (_, None) => {
                return Err(TargetError::NoUrl {
                    detail: "its port is none".to_owned(),
                });
            }
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            is_secure,
            host,
            port,
            path: path.to_owned(),
        })
    }

    /// Whether it is called through TLS.
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Name or address of the host, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The host where it is an address.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// The value of the `Host` header.
    pub fn host_header(&self) -> String {
        let host = match self.address() {
            Some(IpAddr::V6(address)) => format!("[{address}]"),
            Some(IpAddr::V4(_)) | None => self.host.clone(),
        };
        let usual = if self.is_secure { 443 } else { 80 };
        if self.port == usual {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }
}

impl fmt::Display for Target {
    /// The host only: paths of partners may hold what is not for logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host_header())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let target = Target::parse("https://partner.example/in?x=1").unwrap();
        assert_eq!(
            (
                target.is_secure(),
                target.host(),
                target.port(),
                target.path()
            ),
            (true, "partner.example", 443, "/in?x=1")
        );
        assert_eq!(target.host_header(), "partner.example");
        let other = Target::parse("http://[::1]:8443").unwrap();
        assert_eq!((other.port(), other.path()), (8443, "/"));
        assert_eq!(other.host_header(), "[::1]:8443");
        assert!(other.address().unwrap().is_loopback());
    }

    #[test]
    fn what_cannot_be_called_is_refused() {
        for text in [
            "",
            "partner.example",
            "/in",
            "ftp://partner.example/",
            "file:///etc/passwd",
            "https://",
            "https:///x",
            "https://user:word@partner.example/",
            "https://partner.example/\u{1}",
            "https://partner.example:99999/",
        ] {
            assert!(Target::parse(text).is_err(), "{text}");
        }
        let long = format!("https://partner.example/{}", "x".repeat(2000));
        assert!(matches!(
            Target::parse(&long),
            Err(TargetError::TooLong { .. })
        ));
    }
}
