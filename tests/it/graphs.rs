//! The graph of a case that holds more than a graph shows.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::bad_input::wav;
use crate::entities::{import, open_case};
use crate::service::Service;

/// A table of calls between numbers: one of each of the first `once` pairs, two of each other pair.
fn calls(pairs: &[(u32, u32)], once: usize) -> String {
    let mut table = "caller,callee,time\n".to_owned();
    for (at, (caller, callee)) in pairs.iter().enumerate() {
        let hours: &[u32] = if at < once { &[8] } else { &[8, 9] };
        for hour in hours {
            let row = format!("139{caller:08},139{callee:08},2026-03-01 {hour:02}:00:00");
            writeln!(table, "{row}").unwrap();
        }
    }
    table
}

fn import_calls(service: &Service, case_no: &str, pairs: &[(u32, u32)], once: usize) {
    let done = import(service, &calls(pairs, once), "calls", case_no);
    assert_eq!(done["import"]["state"], "done", "{done}");
    assert_eq!(done["import"]["refused"], 0, "{done}");
}

fn of_kind<'g>(graph: &'g Value, list: &str, kind: &str) -> Vec<&'g Value> {
    let all = graph[list].as_array().unwrap();
    all.iter().filter(|one| one["kind"] == kind).collect()
}

#[test]
fn a_graph_shows_the_busiest_of_a_large_case_and_says_how_much_there_is() {
    let service = Service::start();
    let [tied, wide] = ["tied", "wide"].map(|case_no| open_case(&service, case_no));

    // 31 numbers of which each called all after it, and which two other cases have too.
    let pairs: Vec<(u32, u32)> = (0..31)
        .flat_map(|caller| (caller + 1..31).map(move |callee| (caller, callee)))
        .collect();
    assert_eq!(pairs.len(), 465);
    import_calls(&service, "tied", &pairs, 65);
    let ring: Vec<(u32, u32)> = (0..31).map(|caller| (caller, (caller + 1) % 31)).collect();
    for case_no in ["other-1", "other-2"] {
        open_case(&service, case_no);
        import_calls(&service, case_no, &ring, 31);
    }
    let graph = service.get_json(&format!("cases/{tied}/graph"));
    let cut = &graph["cut"];
    assert_eq!(
        (&cut["entities_shown"], &cut["entities_total"]),
        (&json!(31), &json!(31))
    );
    assert_eq!(
        (&cut["ties_shown"], &cut["ties_total"]),
        (&json!(400), &json!(465))
    );
    let ties = of_kind(&graph, "edges", "events");
    assert_eq!(ties.len(), 400);
    assert!(ties.iter().all(|tie| tie["events"]["events"] == 2));
    let own = format!("case:{tied}");
    let places = of_kind(&graph, "edges", "occurs_in");
    let elsewhere = places.iter().filter(|place| place["to"] != own).count();
    assert_eq!(elsewhere, 60, "of 62: 31 numbers in two other cases");

    // 66 numbers and 101 recordings.
    let pairs: Vec<(u32, u32)> = (0..33).map(|at| (100 + 2 * at, 101 + 2 * at)).collect();
    import_calls(&service, "wide", &pairs, 3);
    for number in 0..101_u8 {
        let mut samples = vec![0; 1600];
        samples[0] = number;
        let file = wav(1, 1, 8000, 16, 1600, &samples);
        let uploaded = service.upload_bytes(&format!("call-{number}.wav"), file, "wide");
        assert_eq!(uploaded.status(), 201, "{:?}", uploaded.text());
    }
    let graph = service.get_json(&format!("cases/{wide}/graph"));
    let cut = &graph["cut"];
    assert_eq!(
        (&cut["recordings_shown"], &cut["recordings_cut"]),
        (&json!(100), &json!(true))
    );
    assert_eq!(
        (&cut["entities_shown"], &cut["entities_total"]),
        (&json!(60), &json!(66))
    );
    let numbers = of_kind(&graph, "nodes", "entity");
    assert_eq!(numbers.len(), 60);
    assert!(numbers.iter().all(|number| number["events"] == 2));
}
