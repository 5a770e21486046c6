//! A partner's receiver of webhooks on this machine, that does what a test tells it to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;

use crate::service::wait_for;

/// How the receiver treats a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Takes it.
    Take,
    /// Answers with this status.
    Answer(u16),
    /// Answers that it is elsewhere: at the receiver's own `/elsewhere`.
    Redirect,
    /// Says nothing, and keeps the connection.
    Hang,
    /// Takes it with an answer of 100 MB.
    Flood,
}

/// A message that came in.
#[derive(Debug, Clone)]
pub struct Message {
    pub path: String,
    pub id: String,
    pub timestamp: String,
    pub signatures: String,
    pub body: String,
}

impl Message {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether one of its signatures is that of a secret.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let signature = sign(secret, &self.id, &self.timestamp, self.body.as_bytes());
        self.signatures.split(' ').any(|one| one == signature)
    }
}

/// The signature of a message, as the documents say it is made.
pub fn sign(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
    let encoded = secret.strip_prefix("whsec_").unwrap();
    let key = data_encoding::BASE64.decode(encoded.as_bytes()).unwrap();
    let mut code = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    code.update(format!("{id}.{timestamp}.").as_bytes());
    code.update(body);
    let code = code.finalize().into_bytes();
    format!("v1,{}", data_encoding::BASE64.encode(&code))
}

#[derive(Default)]
struct Heard {
    messages: Vec<Message>,
    held: Vec<TcpStream>,
}

/// A receiver; it ends with its listener when the test ends.
pub struct Partner {
    pub address: SocketAddr,
    manner: Arc<Mutex<Manner>>,
    heard: Arc<Mutex<Heard>>,
}

impl Partner {
    pub fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let partner = Self {
            address,
            manner: Arc::new(Mutex::new(manner)),
            heard: Arc::default(),
        };
        let (manner, heard) = (Arc::clone(&partner.manner), Arc::clone(&partner.heard));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (manner, heard) = (Arc::clone(&manner), Arc::clone(&heard));
                std::thread::spawn(move || serve(stream, &manner, &heard));
            }
        });
        partner
    }

    pub fn url(&self) -> String {
        format!("http://{}/in", self.address)
    }

    pub fn now(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    pub fn messages(&self) -> Vec<Message> {
        self.heard.lock().unwrap().messages.clone()
    }

    /// Waits until so many messages came in.
    pub fn heard(&self, count: usize) -> Vec<Message> {
        wait_for("messages to the partner", || {
            let messages = self.messages();
            (messages.len() >= count).then_some(messages)
        })
    }
}

fn serve(stream: TcpStream, manner: &Mutex<Manner>, heard: &Mutex<Heard>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let header = |name: &str| {
        let found = lines.iter().filter_map(|line| line.split_once(": "));
        let mut found = found.filter(|(other, _)| other.eq_ignore_ascii_case(name));
        found
            .next()
            .map_or_else(String::new, |(_, value)| value.to_owned())
    };
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let manner = *manner.lock().unwrap();
    let message = Message {
        path: lines[0].split(' ').nth(1).unwrap_or_default().to_owned(),
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signatures: header("webhook-signature"),
        body: String::from_utf8(body).unwrap(),
    };
    heard.lock().unwrap().messages.push(message);
    answer(stream, manner, heard);
}

/// The caller may hang up at any time, so what cannot be written is let be.
fn answer(mut stream: TcpStream, manner: Manner, heard: &Mutex<Heard>) {
    match manner {
        Manner::Take => {
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
        }
        Manner::Answer(status) => {
            let _ = write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
        }
        Manner::Redirect => {
            let _ = stream
                .write_all(b"HTTP/1.1 307 X\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n");
        }
        Manner::Hang => heard.lock().unwrap().held.push(stream),
        Manner::Flood => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n");
            let block = vec![b'x'; 1 << 20];
            for _ in 0..100 {
                if stream.write_all(&block).is_err() {
                    return;
                }
            }
        }
    }
}
