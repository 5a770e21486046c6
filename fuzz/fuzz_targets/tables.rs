//! Tables of calls, transfers, logins and movements: a table that is taken is read twice alike, and
//! each of its rows is an event or says what is wrong with it.
//!
//! The first byte picks the kind and whether a mapping comes before the table, up to a NUL.
#![no_main]

use std::io::Cursor;

use voxtrace::domain::EventKind;
use voxtrace::tables::{Mapping, Plan, Records, RowReader, TableDefaults, survey};

fn read(plan: &Plan, table: &[u8]) -> (u64, Vec<String>) {
    let mut records = Records::new(Cursor::new(table), plan.encoding, plan.delimiter as u8);
    let reader = RowReader::new(plan).expect("a plan that a survey made");
    let mut rows = 0;
    let mut read = Vec::new();
    records.next_record().expect("the header was read before");
    while let Some(record) = records.next_record().expect("the row was read before") {
        rows += 1;
        match reader.read(record) {
            Ok(facts) => {
                assert!(!facts.parties.is_empty());
                assert!(facts.parties.iter().all(|party| !party.form.value.is_empty()));
                read.push(format!("{facts:?}"));
            }
            Err(errors) => {
                assert!(!errors.is_empty());
                assert!(errors.iter().all(|error| !error.expected.is_empty()));
                read.push(format!("{errors:?}"));
            }
        }
    }
    (rows, read)
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let kind = EventKind::ALL[usize::from(first % 4)];
    let (mapping, table) = if first & 4 == 0 {
        (Mapping::default(), rest)
    } else {
        let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
        let Ok(Ok(mapping)) = std::str::from_utf8(&rest[..end]).map(Mapping::parse) else {
            return;
        };
        (mapping, rest.get(end + 1..).unwrap_or_default())
    };
    let defaults = TableDefaults {
        region: "CN".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
        currency: "CNY".parse().expect("a currency"),
    };
    let found = match survey(Cursor::new(table), kind, &mapping, &defaults) {
        Ok(found) => found,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let (rows, once) = read(&found.plan, table);
    assert_eq!(rows, found.rows);
    // The plan is kept with the import: read back from there, it reads the same.
    let kept = serde_json::to_string(&found.plan).expect("a plan is JSON");
    let kept: Plan = serde_json::from_str(&kept).expect("a plan that was kept");
    assert_eq!(read(&kept, table), (rows, once));
});
