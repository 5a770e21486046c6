//! One run of a program under limits.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::{MAX_TEXT_BYTES, TranscodeError, TranscodeSettings};

/// Sets the limits and becomes the program, so that nothing of it ever runs without them.
///
/// `ulimit` counts processor time in seconds, address space in KiB and files in blocks of 512
/// bytes.
///
/// # Source
/// POSIX.1-2024, utility `ulimit`; `-v` and `-n` are common to every shell in use.
const SCRIPT: &str = r#"
ulimit -c 0 && ulimit -t "$1" && ulimit -f "$2" && ulimit -n 64 || exit 125
[ "$3" -eq 0 ] || ulimit -v "$3" || exit 125
shift 3
exec "$@"
"#;

/// Exit statuses of [`SCRIPT`] itself: a limit cannot be set, the program cannot be run, there is
/// none.
const NOT_STARTED: std::ops::RangeInclusive<i32> = 125..=127;

/// Pause between two looks at a child that has closed its standard error.
const PAUSE: Duration = Duration::from_millis(5);

/// What to run.
pub(super) struct Job<'a> {
    /// Absolute path.
    pub(super) program: &'a Path,
    /// Its arguments.
    pub(super) arguments: &'a [&'a str],
    /// Standard input.
    pub(super) input: File,
    /// Standard output.
    pub(super) output: File,
    /// Largest output.
    pub(super) max_output_bytes: u64,
    /// The other limits.
    pub(super) settings: &'a TranscodeSettings,
}

/// How it ended.
pub(super) struct Ended {
    /// Whether the exit status was 0.
    pub(super) is_success: bool,
    /// The start of what it wrote to standard error.
    pub(super) stderr: String,
}

/// Runs a program to its end or to its limits.
///
/// # Errors
/// `TimedOut`, `TooLarge` or `Io`.
pub(super) fn run(job: Job<'_>) -> Result<Ended, TranscodeError> {
    let settings = job.settings;
    let deadline = Instant::now() + Duration::from_secs(settings.max_wall_s);
    let (limit_s, limit_bytes) = (settings.max_cpu_s.max(1), job.max_output_bytes);
    let mut group = Group::spawn(job)?;
    let stderr = group.stderr_until(deadline);
    let status = group.wait_until(deadline)?;
    let (Some(stderr), Some(status)) = (stderr, status) else {
        return Err(TranscodeError::TimedOut {
            limit_s: settings.max_wall_s,
            clock: "wall-clock",
        });
    };
    if status
        .code()
        .is_some_and(|code| NOT_STARTED.contains(&code))
    {
        let reason = format!("the program did not start: {}", stderr.trim());
        return Err(TranscodeError::Io(io::Error::other(reason)));
    }
    match signal(status) {
        // Both limits on processor time are the same, which the kernel answers with KILL.
        Some(SIGKILL | SIGXCPU) => Err(TranscodeError::TimedOut {
            limit_s,
            clock: "processor",
        }),
        Some(SIGXFSZ) => Err(TranscodeError::TooLarge { limit_bytes }),
        _ => Ok(Ended {
            is_success: status.success(),
            stderr,
        }),
    }
}

// POSIX numbers KILL; the others are the same on Linux and on macOS.
const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;
const SIGXFSZ: i32 = 25;

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

/// A child with a process group of its own, which dies with this value.
struct Group {
    child: Child,
    stderr: mpsc::Receiver<String>,
}

impl Group {
    fn spawn(job: Job<'_>) -> io::Result<Self> {
        let memory_kib = if cfg!(target_os = "linux") {
            job.settings.max_memory_bytes / 1024
        } else {
            0
        };
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, "sh"])
            .arg(job.settings.max_cpu_s.max(1).to_string())
            .arg((job.max_output_bytes / 512).max(1).to_string())
            .arg(memory_kib.to_string())
            .arg(job.program)
            .args(job.arguments)
            .env_clear()
            .env("LC_ALL", "C")
            .env("AV_LOG_FORCE_NOCOLOR", "1")
            .current_dir("/")
            .stdin(Stdio::from(job.input))
            .stdout(Stdio::from(job.output))
            .stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let (sender, stderr) = mpsc::channel();
        let mut pipe = child.stderr.take();
        thread::Builder::new()
            .name("transcode-stderr".to_owned())
            .spawn(move || {
                let text = pipe.as_mut().map(read_bounded).unwrap_or_default();
                // Whoever waited may have given up.
                let _ = sender.send(text);
            })
            .inspect_err(|_| kill(&mut child))?;
        Ok(Self { child, stderr })
    }

    /// What was written to standard error once it is closed; none at the deadline.
    fn stderr_until(&self, deadline: Instant) -> Option<String> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.stderr.recv_timeout(left) {
            Ok(text) => Some(text),
            Err(RecvTimeoutError::Disconnected) => Some(String::new()),
            Err(RecvTimeoutError::Timeout) => None,
        }
    }

    /// The exit status; none at the deadline.
    fn wait_until(&mut self, deadline: Instant) -> io::Result<Option<ExitStatus>> {
        loop {
            let status = self.child.try_wait()?;
            if status.is_some() || Instant::now() >= deadline {
                return Ok(status);
            }
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A group that was waited for may be someone else's by now.
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            kill(&mut self.child);
        }
    }
}

/// Kills the group and waits for its leader.
fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        // It may have ended by itself in the meantime.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The start of what `pipe` gives; the rest is read and dropped, so that the writer goes on.
fn read_bounded(pipe: &mut impl Read) -> String {
    let mut kept = Vec::new();
    let _ = pipe.by_ref().take(MAX_TEXT_BYTES).read_to_end(&mut kept);
    let _ = io::copy(pipe, &mut io::sink());
    String::from_utf8_lossy(&kept).into_owned()
}
