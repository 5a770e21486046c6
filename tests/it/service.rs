//! A running service over a folder of its own, and the command line over the same binary.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, Response, multipart};
use serde_json::Value;
use tempfile::TempDir;

/// Longest wait for anything that a test waits for.
const PATIENCE: Duration = Duration::from_secs(120);

/// A recording of the demo archive.
pub fn sample(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("audio-samples")
        .join(path)
}

/// The command line.
pub fn voxtrace(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// The command line, not yet started.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voxtrace"));
    command
        .args(arguments)
        .env("RUST_LOG", "warn")
        .env_remove("VOXTRACE_CONFIG");
    command
}

/// JSON lines that a command printed.
pub fn json_lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Asks again and again until there is an answer.
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "{what} did not happen");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// A running service; ended when it goes out of scope.
pub struct Service {
    pub data: TempDir,
    pub url: String,
    pub client: Client,
    child: Child,
}

impl Service {
    /// Starts a service with the default settings over a new folder.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// Starts a service over a new folder with settings of its own.
    pub fn start_with(settings: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let config = data.path().join("settings.toml");
        std::fs::write(&config, settings).unwrap();
        Self::start_over(data)
    }

    /// Starts a service over the folder of one that ended, with its settings.
    pub fn start_over(data: TempDir) -> Self {
        let config = data.path().join("settings.toml");
        let folder = data.path().join("data");
        let mut child = command(&[
            "--config",
            config.to_str().unwrap(),
            "serve",
            "--data",
            folder.to_str().unwrap(),
            "--listen",
            "127.0.0.1:0",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http"))
            .unwrap_or_else(|| panic!("service printed {line:?}"))
            .trim_end_matches('/')
            .to_owned();
        let client = Client::builder().timeout(PATIENCE).build().unwrap();
        Self {
            data,
            url,
            client,
            child,
        }
    }

    /// Its data folder.
    pub fn folder(&self) -> PathBuf {
        self.data.path().join("data")
    }

    /// An address of the interface.
    pub fn at(&self, path: &str) -> String {
        format!("{}/api/v1/{path}", self.url)
    }

    pub fn get(&self, path: &str) -> Response {
        self.client.get(self.at(path)).send().unwrap()
    }

    pub fn get_json(&self, path: &str) -> Value {
        let response = self.get(path);
        assert_eq!(response.status(), 200, "GET {path}");
        response.json().unwrap()
    }

    pub fn post(&self, path: &str, body: &Value) -> Response {
        self.client.post(self.at(path)).json(body).send().unwrap()
    }

    /// Uploads bytes under a name, into a case.
    pub fn upload_bytes(&self, name: &str, bytes: Vec<u8>, case_no: &str) -> Response {
        let part = multipart::Part::bytes(bytes).file_name(name.to_owned());
        let form = multipart::Form::new()
            .text("case_no", case_no.to_owned())
            .part("file", part);
        self.client
            .post(self.at("recordings"))
            .multipart(form)
            .send()
            .unwrap()
    }

    /// Uploads a recording of the demo archive and waits until it is analysed.
    pub fn upload(&self, path: &str, case_no: &str) -> Value {
        let bytes = std::fs::read(sample(path)).unwrap();
        let response = self.upload_bytes(path, bytes, case_no);
        assert_eq!(response.status(), 201, "upload of {path}");
        let upload: Value = response.json().unwrap();
        let id = upload["recording"]["id"].as_str().unwrap().to_owned();
        self.analysed(&id)
    }

    /// Waits until a recording is no longer pending.
    pub fn analysed(&self, id: &str) -> Value {
        wait_for("analysis", || {
            let recording = self.get_json(&format!("recordings/{id}"));
            (recording["state"] != "pending").then_some(recording)
        })
    }

    /// The voices of a recording.
    pub fn voices(&self, id: &str) -> Vec<Value> {
        self.get_json(&format!("recordings/{id}/voices"))["items"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// Edits what was read, by its entity tag.
    pub fn patch(&self, path: &str, version: u64, body: &Value) -> Response {
        self.client
            .patch(self.at(path))
            .header("If-Match", format!("\"{version}\""))
            .json(body)
            .send()
            .unwrap()
    }

    /// Ends the service at once, as a power cut would.
    pub fn kill(mut self) -> TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::mem::replace(&mut self.data, tempfile::tempdir().unwrap())
    }

    /// Asks the service to end, and waits until it has.
    pub fn stop(mut self) -> TempDir {
        let id = self.child.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(killed.success());
        let status = wait_for("end of the service", || self.child.try_wait().unwrap());
        assert!(status.success(), "service ended with {status}");
        std::mem::replace(&mut self.data, tempfile::tempdir().unwrap())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The code of a problem, after checking that it is one.
pub fn problem(response: Response, status: u16) -> Value {
    let found = response.status().as_u16();
    let content_type = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let request_id = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let problem: Value = response.json().unwrap();
    assert_eq!(found, status, "{problem}");
    assert_eq!(content_type, "application/problem+json");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["request_id"], request_id.as_str());
    problem
}
