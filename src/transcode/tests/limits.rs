//! What a child may do, shown with a shell in the place of ffmpeg.

use std::io::Read;
use std::time::{Duration, Instant};

use super::*;
use crate::transcode::child::{Ended, Job, run};

fn script(
    text: &str,
    max_output_bytes: u64,
    settings: &TranscodeSettings,
) -> (Result<Ended, TranscodeError>, String) {
    let mut output = tempfile::tempfile().unwrap();
    let ended = run(Job {
        program: Path::new("/bin/sh"),
        arguments: &["-c", text],
        input: File::open("/dev/null").unwrap(),
        output: output.try_clone().unwrap(),
        max_output_bytes,
        settings,
    });
    output.seek(SeekFrom::Start(0)).unwrap();
    let mut text = String::new();
    output.read_to_string(&mut text).unwrap();
    (ended, text)
}

#[test]
fn a_child_has_an_empty_environment_and_its_limits() {
    let settings = TranscodeSettings::default();
    let text = "pwd; echo ${HOME-none} ${USER-none} ${CARGO-none}; \
                ulimit -c; ulimit -t; ulimit -f; ulimit -n";
    let (ended, output) = script(text, 1 << 20, &settings);
    let ended = ended.unwrap();
    assert!(ended.is_success, "{}", ended.stderr);
    assert_eq!(output, "/\nnone none none\n0\n600\n2048\n64\n");
}

#[test]
fn the_address_space_is_limited() {
    let (ended, output) = script("ulimit -v", 1 << 20, &TranscodeSettings::default());
    assert!(ended.unwrap().is_success);
    let expected = if cfg!(target_os = "linux") {
        "1048576\n"
    } else {
        "unlimited\n"
    };
    assert_eq!(output, expected);
}

#[test]
fn output_above_the_limit_is_too_large() {
    let text = "while :; do echo 0123456789abcdef; done";
    let (ended, output) = script(text, 4_096, &TranscodeSettings::default());
    match ended {
        Err(TranscodeError::TooLarge { limit_bytes }) => assert_eq!(limit_bytes, 4_096),
        Err(error) => panic!("{error}"),
        Ok(ended) => panic!("{}", ended.stderr),
    }
    assert_eq!(output.len(), 4_096);
}

#[test]
fn processor_time_is_limited() {
    let settings = TranscodeSettings {
        max_cpu_s: 1,
        ..TranscodeSettings::default()
    };
    let (ended, _) = script("while :; do :; done", 4_096, &settings);
    match ended {
        Err(TranscodeError::TimedOut { limit_s, clock }) => {
            assert_eq!((limit_s, clock), (1, "processor"));
        }
        Err(error) => panic!("{error}"),
        Ok(ended) => panic!("{}", ended.stderr),
    }
}

#[test]
fn a_timeout_kills_the_whole_group() {
    let settings = TranscodeSettings {
        max_wall_s: 1,
        ..TranscodeSettings::default()
    };
    // Neither waits for standard error to close, and the grandchild holds it open.
    let (ended, output) = script("sleep 600 & echo $!; wait", 4_096, &settings);
    match ended {
        Err(TranscodeError::TimedOut { limit_s, clock }) => {
            assert_eq!((limit_s, clock), (1, "wall-clock"));
        }
        Err(error) => panic!("{error}"),
        Ok(ended) => panic!("{}", ended.stderr),
    }
    // The signal is sent; the kernel takes a moment over it. Where nobody reaps orphans, the
    // grandchild stays a zombie.
    let file = format!("/proc/{}/stat", output.trim());
    let is_alive = || std::fs::read_to_string(&file).is_ok_and(|stat| !stat.contains(") Z"));
    let deadline = Instant::now() + Duration::from_secs(10);
    while is_alive() && Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert!(!is_alive());
}

#[test]
fn endless_errors_are_cut_and_do_not_block() {
    let text = "n=0; while [ $n -lt 3000 ]; do echo 0123456789012345678901234567890123456789 >&2; \
                n=$((n+1)); done";
    let (ended, _) = script(text, 4_096, &TranscodeSettings::default());
    let ended = ended.unwrap();
    assert!(ended.is_success);
    assert_eq!(ended.stderr.len() as u64, MAX_TEXT_BYTES);
}

#[test]
fn a_program_that_is_missing_fails() {
    let settings = TranscodeSettings::default();
    let ended = run(Job {
        program: Path::new("/nonexistent/ffmpeg"),
        arguments: &[],
        input: File::open("/dev/null").unwrap(),
        output: tempfile::tempfile().unwrap(),
        max_output_bytes: 4_096,
        settings: &settings,
    });
    let error = ended.err().unwrap();
    assert_eq!(
        (error.code(), error.is_permanent()),
        ("io", false),
        "{error}"
    );
}

#[test]
fn a_child_whose_limits_cannot_be_set_fails() {
    // What the script that sets them ends with then.
    let (ended, _) = script("exit 125", 4_096, &TranscodeSettings::default());
    assert_eq!(ended.err().unwrap().code(), "io");
}

#[test]
fn limits_hold_for_ffmpeg_itself() {
    let Some(transcoder) = transcoder() else {
        return;
    };
    let with = |change: fn(&mut TranscodeSettings)| {
        let mut transcoder = transcoder.clone();
        change(&mut transcoder.settings);
        transcoder
            .to_wav(&sample_file("nb.amr"), &std::env::temp_dir())
            .unwrap_err()
    };
    let error = with(|settings| settings.max_output_bytes = 8_192);
    assert_eq!(error.code(), "transcode_too_large", "{error}");
    let error = with(|settings| settings.max_wall_s = 0);
    assert_eq!(error.code(), "transcode_timed_out", "{error}");
    let error = with(|settings| settings.max_memory_bytes = 16 << 20);
    assert!(
        ["transcode_refused", "io"].contains(&error.code()),
        "{error}"
    );
}
