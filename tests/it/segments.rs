//! Who speaks when: two people on one channel, corrections, and what follows from them.

use serde_json::{Value, json};

use crate::service::{Service, problem, wait_for};

/// A mono call of two people, speaker e and speaker f of the demo archive.
const TWO_PEOPLE: &str = "diarization/call-02.wav";

fn put(service: &Service, path: &str, tag: &str, body: &Value) -> reqwest::blocking::Response {
    let request = service.client.put(service.at(path));
    request.header("If-Match", tag).json(body).send().unwrap()
}

#[test]
fn a_correction_is_a_new_revision_from_which_the_voices_are_made_anew() {
    let service = Service::start();
    let recording = service.upload(TWO_PEOPLE, "2026-001");
    let id = recording["id"].as_str().unwrap();
    let path = format!("recordings/{id}/segments");
    let automatic = service.get_json(&path);
    assert_eq!(
        (
            &automatic["revision"],
            &automatic["origin"],
            &automatic["voices_revision"]
        ),
        (&json!(1), &json!("automatic"), &json!(1))
    );
    let voices = service.voices(id);
    assert_eq!(voices.len(), 2);
    let search = service.post("searches", &json!({ "voice_id": voices[0]["id"] }));
    let search: Value = search.json().unwrap();
    assert_eq!(search["outdated"], json!([]));

    // The first segment of voice 0 is given to voice 1.
    let mut segments: Vec<Value> = automatic["segments"].as_array().unwrap().clone();
    for segment in &mut segments {
        segment.as_object_mut().unwrap().remove("voice_id");
    }
    let moved = segments.iter().position(|segment| segment["label"] == 0);
    segments[moved.unwrap()]["label"] = json!(1);
    let body = json!({ "segments": segments, "author": "technician", "reason": "wrong voice" });
    let wrong = json!({ "segments": [], "author": "technician", "reason": "" });
    assert_eq!(
        problem(put(&service, &path, "\"1\"", &wrong), 422)["field"],
        "reason"
    );
    let accepted = put(&service, &path, "\"1\"", &body);
    assert_eq!(
        (accepted.status().as_u16(), &accepted.headers()["etag"]),
        (202, &"\"2\"".parse().unwrap())
    );
    assert!(
        accepted.headers()["location"]
            .to_str()
            .unwrap()
            .contains("/jobs/")
    );
    assert_eq!(
        problem(put(&service, &path, "\"1\"", &body), 412)["code"],
        "stale_version"
    );

    let edited = wait_for("the voices of revision 2", || {
        let view = service.get_json(&path);
        (view["voices_revision"] == 2).then_some(view)
    });
    assert_eq!(
        (&edited["origin"], &edited["author"]),
        (&json!("edited"), &json!("technician"))
    );
    assert_eq!(edited["revisions"].as_array().unwrap().len(), 2);
    let before = service.get_json(&format!("{path}?revision=1"));
    assert_eq!(
        (&before["segments"], &before["current"]),
        (&automatic["segments"], &json!(false))
    );
    let after = service.voices(id);
    let ids = |voices: &[Value]| -> Vec<Value> {
        voices.iter().map(|voice| voice["id"].clone()).collect()
    };
    assert_eq!(ids(&after), ids(&voices), "a voice keeps its id");
    assert!(after[0]["net_speech_ms"].as_u64() < voices[0]["net_speech_ms"].as_u64());
    assert_eq!(after[0]["revision"], 2);

    // The old answer stays, says that it is outdated, and names the new one.
    let search_path = format!("searches/{}", search["id"].as_str().unwrap());
    let stands = wait_for("the repeated search", || {
        let stands = service.get_json(&search_path);
        stands["repeated_by"].is_string().then_some(stands)
    });
    assert_eq!(stands["candidates"], search["candidates"]);
    assert_eq!(stands["outdated"][0]["voice_id"], voices[0]["id"]);
    let repeated = service.get_json(&format!(
        "searches/{}",
        stands["repeated_by"].as_str().unwrap()
    ));
    assert_eq!(repeated["request"]["repeats"], search["id"]);
    assert_eq!(repeated["outdated"], json!([]));

    // Analysing again keeps what a person has corrected.
    let job = service.post("jobs", &json!({ "kind": "analyse", "recording_id": id }));
    let job: Value = job.json().unwrap();
    wait_for("the second analysis", || {
        let job = service.get_json(&format!("jobs/{}", job["id"].as_str().unwrap()));
        (job["state"] == "done").then_some(())
    });
    assert_eq!(service.get_json(&path)["segments"], edited["segments"]);
}

#[test]
fn each_side_of_a_mono_call_finds_its_own_earlier_recording() {
    let service = Service::start();
    let e = service.upload("case-2026-004/call-03.flac", "2026-004");
    let f = service.upload("case-2026-003/call-03.mp3", "2026-003");
    let call = service.upload(TWO_PEOPLE, "2026-009");
    let voices = service.voices(call["id"].as_str().unwrap());
    let mut best: Vec<Value> = Vec::new();
    for voice in voices {
        let search = service.post("searches", &json!({ "voice_id": voice["id"] }));
        let search: Value = search.json().unwrap();
        best.push(search["candidates"][0]["recording"]["id"].clone());
    }
    best.sort_by_key(Value::to_string);
    let mut expected = vec![e["id"].clone(), f["id"].clone()];
    expected.sort_by_key(Value::to_string);
    assert_eq!(best, expected);
}

#[test]
fn a_spectrogram_comes_in_tiles_until_the_end() {
    let service = Service::start();
    let recording = service.upload(TWO_PEOPLE, "2026-001");
    let path = format!(
        "recordings/{}/spectrogram",
        recording["id"].as_str().unwrap()
    );
    let get = |query: &str| {
        let url = service.at(&format!("{path}?{query}"));
        service.client.get(url).send().unwrap()
    };
    for zoom in [0, 3] {
        let tile = get(&format!("zoom={zoom}&tile=0"));
        assert_eq!(tile.headers()["content-type"], "image/png");
        assert_eq!(tile.headers()["x-top-hz"], "4000");
        assert!(tile.bytes().unwrap().starts_with(b"\x89PNG"));
    }
    assert_eq!(problem(get("zoom=3&tile=9"), 404)["code"], "not_found");
    assert_eq!(problem(get("zoom=9"), 422)["field"], "zoom");
    assert_eq!(problem(get("channel=1"), 422)["field"], "channel");
}
