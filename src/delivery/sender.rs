//! One call of one partner.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::signature::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use super::{AddressPolicy, Target, WebhookSettings};
use crate::domain::VERSION;

/// Most bytes of an answer's head that are read. Its body is not read at all.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// A message that is ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedMessage {
    /// Its id, the same at every try.
    pub id: String,
    /// When it was signed, in seconds since 1970-01-01 UTC.
    pub timestamp_s: i64,
    /// Its signatures.
    pub signatures: String,
    /// Its body, JSON.
    pub body: String,
}

/// Why there is no status.
#[derive(Debug, Error)]
pub enum SendError {
    /// The address is not one that may be called.
    #[error(
        "{host} is {address}, expected a public address or one that the setting \
         webhooks.allow_private names"
    )]
    AddressForbidden {
        /// Host.
        host: String,
        /// Its address.
        address: IpAddr,
    },
    /// Without TLS only addresses that a setting names are called.
    #[error(
        "{host} is called without TLS, expected https or an address that the setting \
         webhooks.allow_private names"
    )]
    NotSecure {
        /// Host.
        host: String,
    },
    /// The host has no address.
    #[error("{host} has no address: {detail}")]
    NoAddress {
        /// Host.
        host: String,
        /// What the resolver says.
        detail: String,
    },
    /// No connection, or one that broke.
    #[error("{host} cannot be reached: {detail}")]
    Unreachable {
        /// Host.
        host: String,
        /// What happened.
        detail: String,
    },
    /// The partner's certificate is not trusted, or there is no common TLS.
    #[error("no TLS with {host}: {detail}")]
    Tls {
        /// Host.
        host: String,
        /// What happened.
        detail: String,
    },
    /// The trusted certificates cannot be read.
    #[error("trusted certificates {path} cannot be read: {detail}")]
    Roots {
        /// The setting's file.
        path: String,
        /// What happened.
        detail: String,
    },
    /// No answer in time.
    #[error("{host} did not answer within {timeout_ms} ms")]
    TimedOut {
        /// Host.
        host: String,
        /// The time that it had.
        timeout_ms: u64,
    },
}

/// Calls partners.
pub struct Sender {
    policy: AddressPolicy,
    ca_file: PathBuf,
    connect_timeout_ms: u64,
    timeout_ms: u64,
    /// Made at the first call that needs it: most commands call nobody.
    tls: OnceCell<TlsConnector>,
}

impl Sender {
    /// A sender with these settings.
    pub fn new(settings: &WebhookSettings) -> Self {
        Self {
            policy: AddressPolicy::allowing(settings.allow_private.clone()),
            ca_file: settings.ca_file.clone(),
            connect_timeout_ms: settings.connect_timeout_ms,
            timeout_ms: settings.timeout_ms,
            tls: OnceCell::new(),
        }
    }

    /// Whether a target could be called, as far as that can be said without looking it up.
    ///
    /// # Errors
    /// `AddressForbidden` and `NotSecure`.
    pub fn check(&self, target: &Target) -> Result<(), SendError> {
        match target.address() {
            Some(address) => self.check_address(target, address),
            // A name without TLS may lead to an address that a setting names.
            None => Ok(()),
        }
    }

    /// Sends a message and returns the status of the answer, whatever it is. Redirects are not
    /// followed and the answer's body is not read.
    ///
    /// # Errors
    /// Why there is no status.
    pub async fn send(&self, target: &Target, message: &SignedMessage) -> Result<u16, SendError> {
        within(self.timeout_ms, target, self.call(target, message)).await
    }

    async fn call(&self, target: &Target, message: &SignedMessage) -> Result<u16, SendError> {
        let address = self.look_up(target).await?;
        let connect = async {
            TcpStream::connect(address)
                .await
                .map_err(|error| unreachable_host(target, &error))
        };
        let stream = within(self.connect_timeout_ms, target, connect).await?;
        if !target.is_secure() {
            return exchange(target, stream, message).await;
        }
        let host = target.host().to_owned();
        let tls = |detail: String| SendError::Tls {
            host: target.host().to_owned(),
            detail,
        };
        let name = ServerName::try_from(host).map_err(|error| tls(error.to_string()))?;
        let connector = self
            .tls
            .get_or_try_init(|| connector(self.ca_file.clone()))
            .await?;
        let stream = connector
            .connect(name, stream)
            .await
            .map_err(|error| tls(error.to_string()))?;
        exchange(target, stream, message).await
    }

    /// The address that is called: looked up once, so that no second look can give another.
    async fn look_up(&self, target: &Target) -> Result<SocketAddr, SendError> {
        let no_address = |detail: String| SendError::NoAddress {
            host: target.host().to_owned(),
            detail,
        };
        let found: Vec<SocketAddr> = tokio::net::lookup_host((target.host(), target.port()))
            .await
            .map_err(|error| no_address(error.to_string()))?
            .collect();
        // A name that leads outside and inside is an attempt to slip in, so all have to be right.
        for address in &found {
            self.check_address(target, address.ip())?;
        }
        found
            .first()
            .copied()
            .ok_or_else(|| no_address("the resolver knows none".to_owned()))
    }

    fn check_address(&self, target: &Target, address: IpAddr) -> Result<(), SendError> {
        if !self.policy.allows(address) {
            return Err(SendError::AddressForbidden {
                host: target.host().to_owned(),
                address,
            });
        }
        if !target.is_secure() && !self.policy.is_named(address) {
            return Err(SendError::NotSecure {
                host: target.host().to_owned(),
            });
        }
        Ok(())
    }
}

async fn within<T>(
    timeout_ms: u64,
    target: &Target,
    work: impl Future<Output = Result<T, SendError>>,
) -> Result<T, SendError> {
    let timed_out = |_| SendError::TimedOut {
        host: target.host().to_owned(),
        timeout_ms,
    };
    tokio::time::timeout(Duration::from_millis(timeout_ms), work)
        .await
        .map_err(timed_out)?
}

fn unreachable_host(target: &Target, error: &dyn std::error::Error) -> SendError {
    let mut detail = error.to_string();
    if let Some(source) = error.source() {
        detail = format!("{detail}: {source}");
    }
    SendError::Unreachable {
        host: target.host().to_owned(),
        detail,
    }
}

async fn exchange<S>(target: &Target, stream: S, message: &SignedMessage) -> Result<u16, SendError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| unreachable_host(target, &error);
    let (mut requests, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    let request = Request::post(target.path())
        .header(header::HOST, target.host_header())
        .header(header::USER_AGENT, format!("voxtrace/{VERSION}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close")
        .header(ID_HEADER, &message.id)
        .header(TIMESTAMP_HEADER, message.timestamp_s)
        .header(SIGNATURE_HEADER, &message.signatures)
        .body(Full::new(Bytes::from(message.body.clone())))
        .map_err(|error| unreachable_host(target, &error))?;
    // The connection ends with this call: whatever the partner still sends is not read. One that
    // was closed right after the answer has the answer all the same.
    let mut answer = std::pin::pin!(requests.send_request(request));
    let answer = tokio::select! {
        biased;
        answer = &mut answer => answer,
        ended = connection => match (answer.await, ended) {
            (Ok(answer), _) => Ok(answer),
            (Err(_), Err(cause)) => Err(cause),
            (Err(error), Ok(())) => Err(error),
        },
    };
    answer
        .map(|answer| answer.status().as_u16())
        .map_err(broken)
}

/// TLS with the certificates that the system trusts and those of the setting.
async fn connector(ca_file: PathBuf) -> Result<TlsConnector, SendError> {
    let shown = ca_file.display().to_string();
    let refused = |detail: String| SendError::Roots {
        path: shown.clone(),
        detail,
    };
    let roots = tokio::task::spawn_blocking(move || trusted(&ca_file))
        .await
        .map_err(|error| refused(error.to_string()))?
        .map_err(|error| refused(error.to_string()))?;
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn trusted(ca_file: &std::path::Path) -> io::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let of_system = rustls_native_certs::load_native_certs();
    for error in &of_system.errors {
        tracing::warn!(%error, "a certificate that the system trusts cannot be read");
    }
    roots.add_parsable_certificates(of_system.certs);
    if !ca_file.as_os_str().is_empty() {
        for certificate in CertificateDer::pem_file_iter(ca_file).map_err(io::Error::other)? {
            let certificate = certificate.map_err(io::Error::other)?;
            roots.add(certificate).map_err(io::Error::other)?;
        }
    }
    Ok(roots)
}
