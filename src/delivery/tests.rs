//! Calls of a local partner.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto};

use super::*;

fn settings() -> WebhookSettings {
    WebhookSettings {
        allow_private: vec!["127.0.0.1".parse().unwrap()],
        timeout_ms: 5_000,
        ..WebhookSettings::default()
    }
}

fn message() -> SignedMessage {
    SignedMessage {
        id: "id-1".to_owned(),
        timestamp_s: 1,
        signatures: "v1,x".to_owned(),
        body: "{}".to_owned(),
    }
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A partner that answers its one caller with `answer`, and returns what it was sent.
async fn answering(answer: &'static [u8]) -> (SocketAddr, tokio::task::JoinHandle<String>) {
    let (listener, address) = listener().await;
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = vec![0; 4096];
        let bytes = stream.read(&mut heard).await.unwrap();
        stream.write_all(answer).await.unwrap();
        String::from_utf8_lossy(&heard[..bytes]).into_owned()
    });
    (address, served)
}

async fn sent(address: SocketAddr) -> Result<u16, SendError> {
    let target = Target::parse(&format!("http://{address}/in")).unwrap();
    Sender::new(&settings()).send(&target, &message()).await
}

#[tokio::test]
async fn a_message_carries_its_headers_and_the_status_comes_back() {
    let (address, served) = answering(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(sent(address).await.unwrap(), 204);
    let heard = served.await.unwrap();
    assert!(heard.starts_with("POST /in HTTP/1.1\r\n"), "{heard}");
    for line in [
        "webhook-id: id-1",
        "webhook-timestamp: 1",
        "webhook-signature: v1,x",
        "content-type: application/json",
        &format!("host: {address}"),
    ] {
        assert!(heard.contains(line), "no {line} in {heard}");
    }
    assert!(heard.ends_with("\r\n\r\n{}"), "{heard}");
}

#[tokio::test]
async fn a_redirect_is_a_status_and_is_not_followed() {
    let answer =
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let (address, _served) = answering(answer).await;
    assert_eq!(sent(address).await.unwrap(), 302);
}

#[tokio::test]
async fn a_partner_that_is_silent_is_given_up() {
    let (listener, address) = listener().await;
    let short = WebhookSettings {
        timeout_ms: 50,
        ..settings()
    };
    let target = Target::parse(&format!("http://{address}/")).unwrap();
    let error = Sender::new(&short).send(&target, &message()).await;
    assert!(matches!(
        error,
        Err(SendError::TimedOut { timeout_ms: 50, .. })
    ));
    drop(listener);
}

#[tokio::test]
async fn a_partner_that_hangs_up_or_speaks_no_http_is_unreachable() {
    for answer in [b"".as_slice(), b"220 smtp ready\r\n"] {
        let (address, _served) = answering(answer).await;
        let error = sent(address).await;
        assert!(
            matches!(error, Err(SendError::Unreachable { .. })),
            "{error:?}"
        );
    }
    let (listener, address) = listener().await;
    drop(listener);
    assert!(matches!(
        sent(address).await,
        Err(SendError::Unreachable { .. })
    ));
}

#[tokio::test]
async fn a_head_without_end_is_not_read_to_the_end() {
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(b"x-more: 0123456789\r\n").await.is_ok() {}
    });
    assert!(matches!(
        sent(address).await,
        Err(SendError::Unreachable { .. })
    ));
}

#[tokio::test]
async fn addresses_of_the_own_network_are_not_called() {
    let (listener, address) = listener().await;
    let sender = Sender::new(&WebhookSettings::default());
    for url in [
        format!("http://{address}/"),
        format!("https://{address}/"),
        format!("https://localhost:{}/", address.port()),
        "https://169.254.169.254/latest".to_owned(),
        "https://[::ffff:127.0.0.1]/".to_owned(),
        "https://2130706433/".to_owned(),
        "https://0x7f.1/".to_owned(),
    ] {
        let target = Target::parse(&url).unwrap();
        let error = sender.send(&target, &message()).await.unwrap_err();
        let is_forbidden = matches!(error, SendError::AddressForbidden { .. });
        // Where the resolver knows no such way of writing an address, nothing is called either.
        assert!(
            is_forbidden || matches!(error, SendError::NoAddress { .. }),
            "{url}: {error}"
        );
    }
    let nobody = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
    assert!(nobody.is_err(), "the listener was called");
    let plain = Target::parse("http://1.1.1.1/").unwrap();
    assert!(matches!(
        sender.check(&plain),
        Err(SendError::NotSecure { .. })
    ));
    assert!(
        sender
            .check(&Target::parse("https://1.1.1.1/").unwrap())
            .is_ok()
    );
}

/// A partner with a certificate of its own for 127.0.0.1, and that certificate as PEM.
async fn secure_partner() -> (SocketAddr, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut heard = vec![0; 4096];
            let _ = stream.read(&mut heard).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            let _ = stream.flush().await;
        }
    });
    (address, made.cert.pem())
}

#[tokio::test]
async fn a_certificate_is_trusted_only_when_a_setting_or_the_system_says_so() {
    let (address, pem) = secure_partner().await;
    let target = Target::parse(&format!("https://{address}/")).unwrap();
    let error = Sender::new(&settings()).send(&target, &message()).await;
    assert!(matches!(error, Err(SendError::Tls { .. })), "{error:?}");

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    let trusting = WebhookSettings {
        ca_file: file.path().to_owned(),
        ..settings()
    };
    let status = Sender::new(&trusting).send(&target, &message()).await;
    assert_eq!(status.unwrap(), 200);

    std::fs::write(file.path(), "-----BEGIN CERTIFICATE-----\n!\n").unwrap();
    let error = Sender::new(&trusting).send(&target, &message()).await;
    assert!(matches!(error, Err(SendError::Roots { .. })), "{error:?}");
}
