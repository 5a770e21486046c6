use std::io::Cursor;

use encoding_rs::{GB18030, GBK};
use proptest::prelude::*;

use super::*;
use crate::domain::{EventKind, Role, RowError};

fn defaults() -> TableDefaults {
    TableDefaults {
        region: "CN".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
        currency: "CNY".parse().unwrap(),
    }
}

struct Read {
    survey: Survey,
    events: Vec<EventFacts>,
    errors: Vec<RowError>,
}

fn read(kind: EventKind, bytes: &[u8], mapping: &str) -> Result<Read, TableError> {
    let mapping = Mapping::parse(mapping)?;
    let survey = survey(Cursor::new(bytes), kind, &mapping, &defaults())?;
    let plan = &survey.plan;
    let mut records = Records::new(Cursor::new(bytes), plan.encoding, plan.delimiter as u8);
    records.next_record()?;
    let rows = RowReader::new(plan)?;
    let (mut events, mut errors) = (Vec::new(), Vec::new());
    while let Some(record) = records.next_record()? {
        match rows.read(record) {
            Ok(event) => events.push(event),
            Err(wrong) => errors.extend(wrong),
        }
    }
    Ok(Read {
        survey,
        events,
        errors,
    })
}

fn calls(bytes: &[u8]) -> Read {
    read(EventKind::Call, bytes, "").unwrap()
}

fn refused(kind: EventKind, bytes: &[u8], mapping: &str) -> String {
    match read(kind, bytes, mapping) {
        Err(error) => error.to_string(),
        Ok(read) => panic!("taken with {:?}", read.survey),
    }
}

fn values(event: &EventFacts) -> Vec<(Role, &str)> {
    let parties = event.parties.iter();
    parties
        .map(|party| (party.role, party.form.value.as_str()))
        .collect()
}

const CHINESE: &str = "主叫号码,被叫号码,通话开始时间,通话时长(秒),IMEI,LAC,CI\r\n\
    13800138000,010-12345678,2026-03-01 08:05:09,75,490154203237518,9365,12345\r\n";

#[test]
fn headers_in_chinese_and_english_are_known() {
    let chinese = calls(CHINESE.as_bytes());
    let event = &chinese.events[0];
    assert_eq!(event.at.to_string(), "2026-03-01T00:05:09.000Z");
    assert_eq!(event.duration_ms, Some(75_000));
    assert_eq!(
        values(event),
        [
            (Role::From, "+8613800138000"),
            (Role::To, "+861012345678"),
            (Role::Device, "imei:490154203237518"),
            (Role::Cell, "9365-12345"),
        ]
    );
    let english = calls(
        b"Caller;Callee;Start Time;Duration;imei;lac;ci\n\
          +8613800138000;+861012345678;2026/03/01 08:05:09;00:01:15;490154203237518;9365;12345\n",
    );
    assert_eq!(english.survey.plan.delimiter, ';');
    // The same event in another way of writing has the same key.
    assert_eq!(english.events[0].content_key, event.content_key);
}

#[test]
fn utf_8_gbk_and_utf_16_say_the_same() {
    let plain = calls(CHINESE.as_bytes());
    let with_mark = [b"\xef\xbb\xbf", CHINESE.as_bytes()].concat();
    let (gbk, _, _) = GBK.encode(CHINESE);
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(CHINESE.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for (bytes, encoding) in [
        (with_mark.as_slice(), TextEncoding::Utf8),
        (gbk.as_ref(), TextEncoding::Gb18030),
        (utf16.as_slice(), TextEncoding::Utf16Le),
    ] {
        let read = calls(bytes);
        assert_eq!(read.survey.plan.encoding, encoding);
        assert_eq!(read.events, plain.events);
    }
    assert_eq!(plain.survey.plan.encoding, TextEncoding::Utf8);
}

#[test]
fn bytes_of_no_known_encoding_are_refused_with_their_place() {
    let latin = b"caller,callee,time\n1,2,caf\xe9 \xff\n";
    assert_eq!(
        refused(EventKind::Call, latin, ""),
        "file is neither UTF-8 (byte 26) nor GB18030 (byte 26), expected text in UTF-8, or in GBK or GB18030"
    );
    let stated = refused(EventKind::Call, latin, "encoding = \"utf-8\"");
    assert!(
        stated.starts_with("file is not utf-8 at byte 26"),
        "{stated}"
    );
    let nul = refused(EventKind::Call, b"caller,callee,time\n1\0,2,3\n", "");
    assert!(nul.starts_with("file is a text with a NUL byte"), "{nul}");
    for empty in [&b""[..], b"\n\n\r\n", b"\xef\xbb\xbf"] {
        let words = refused(EventKind::Call, empty, "");
        assert!(words.ends_with("expected a header and rows"), "{words}");
    }
}

#[test]
fn a_row_of_ten_megabytes_is_refused_and_not_held() {
    let long = [b"caller,callee,time\n", "x".repeat(10 << 20).as_bytes()].concat();
    let words = refused(EventKind::Call, &long, "");
    assert!(
        words.starts_with("file is a row longer than 65536 bytes from line 2"),
        "{words}"
    );
    let open_quote = [
        b"caller,callee,time\n\"1",
        "2,3,4\n".repeat(20_000).as_bytes(),
    ]
    .concat();
    let words = refused(EventKind::Call, &open_quote, "");
    assert!(words.contains("quotation mark"), "{words}");
    let wide = "a,".repeat(5000);
    assert!(refused(EventKind::Call, wide.as_bytes(), "").contains("1024 columns"));
}

#[test]
fn missing_columns_are_named_beside_those_that_are_there() {
    assert_eq!(
        refused(EventKind::Call, b"caller,when\n1,2\n", ""),
        "file is a call table with the columns caller, when, expected a column for to, such as \
         \u{88ab}\u{53eb}\u{53f7}\u{7801}, \u{88ab}\u{53eb}, \u{88ab}\u{53eb}\u{7535}\u{8bdd}, \
         \u{88ab}\u{53eb}\u{7535}\u{8bdd}\u{53f7}\u{7801}, or a mapping that names it"
    );
    let timeless = refused(EventKind::Call, b"caller,callee\n1,2\n", "");
    assert!(
        timeless.contains("a column for at, or date and time_of_day"),
        "{timeless}"
    );
    let free = refused(EventKind::Transfer, b"payer,payee,time\n1,2,3\n", "");
    assert!(free.contains("a column for amount"), "{free}");
}

#[test]
fn a_mapping_names_columns_and_what_is_wrong_with_it_is_said() {
    let table = b"a;b;when\n13800138000;13900139000;1772323509\n";
    let mapping = "date_format = \"unix\"\n[columns]\nfrom = \"A\"\nto = \"b\"\nat = \"when\"\n";
    let by_toml = read(EventKind::Call, table, mapping).unwrap();
    assert_eq!(by_toml.events[0].at.to_string(), "2026-03-01T00:05:09.000Z");
    let json = r#"{"date_format":"unix","columns":{"from":"a","to":"b","at":"when"}}"#;
    assert_eq!(
        read(EventKind::Call, table, json).unwrap().events,
        by_toml.events
    );
    for (mapping, words) in [
        ("colour = 1", "unknown field `colour`"),
        ("[columns]\ncolour = \"a\"", "colour"),
        (
            "[columns]\namount = \"a\"",
            "field amount for a table of kind call",
        ),
        (
            "[columns]\nfrom = \"c\"",
            "column \"c\" for from, expected one of a, b, when",
        ),
        ("delimiter = \"x\"", "delimiter \"x\""),
        ("encoding = \"latin1\"", "latin1"),
        ("date_format = \"DDMMYY\"", "DDMMYY"),
        ("currency = \"money please\"", "money please"),
        ("{\"columns\":", "EOF"),
        (
            "region = \"XX\"\n[columns]\nfrom=\"a\"\nto=\"b\"\nat=\"when\"",
            "region \"XX\"",
        ),
        (
            "time_zone = \"Mars\"\n[columns]\nfrom=\"a\"\nto=\"b\"\nat=\"when\"",
            "time_zone \"Mars\"",
        ),
    ] {
        let found = refused(EventKind::Call, table, mapping);
        assert!(found.starts_with("mapping is"), "{found}");
        assert!(found.contains(words), "{mapping}: {found}");
    }
    assert!(refused(EventKind::Call, table, &" ".repeat(70_000)).contains("70000 bytes"));
}

#[test]
fn times_in_another_format_than_most_are_refused_row_by_row() {
    let table = b"caller,callee,time\n\
        13800138000,13900139000,2026-03-01 00:00:00\n\
        13800138000,13900139000,2026/03/02 00:00:00\n\
        13800138000,13900139000,01/03/2026 00:00:00\n\
        13800138000,13900139000,2026-03-03 00:00:00\n";
    let read = calls(table);
    assert_eq!(read.events.len(), 2);
    assert_eq!(
        read.errors[0],
        RowError {
            row: 3,
            column: "time".to_owned(),
            found: "\"2026/03/02 00:00:00\"".to_owned(),
            expected: "YYYY-MM-DD hh:mm:ss".to_owned(),
        }
    );
    assert_eq!(read.errors[1].row, 4);
}

#[test]
fn times_that_may_be_read_in_two_ways_need_a_mapping() {
    let table = b"caller,callee,time\n13800138000,13900139000,03/04/2026 00:00:00\n";
    let words = refused(EventKind::Call, table, "");
    assert!(
        words.contains("DD/MM/YYYY hh:mm:ss or MM/DD/YYYY hh:mm:ss"),
        "{words}"
    );
    let stated = read(
        EventKind::Call,
        table,
        "date_format = \"MM/DD/YYYY hh:mm:ss\"",
    )
    .unwrap();
    assert_eq!(stated.events[0].at.to_string(), "2026-03-03T16:00:00.000Z");
    // One row that can be read in one way only decides for all.
    let decided = [&table[..], b"13800138000,13900139000,25/04/2026 00:00:00\n"].concat();
    assert_eq!(
        calls(&decided).events[0].at.to_string(),
        "2026-04-02T16:00:00.000Z"
    );
}

#[test]
fn a_row_says_everything_that_is_wrong_with_it_and_where() {
    let table = "付款账号,收款账号,交易时间,交易金额,币种\n\
        6222000000000000068,,2026-03-01 00:00:00,1e9,CNY\n\
        \n\
        6222000000000000068,6.22E+18,2026-03-01 00:00:00,\"1,234.56\",人民币\n\
        6222000000000000068,4539578763621486,2026-03-01 00:00:00,\"1,234.56\",人民币\n\
        6222000000000000068,4539578763621486,2026-03-01 00:00:00,-5\n";
    let read = read(EventKind::Transfer, table.as_bytes(), "").unwrap();
    let errors: Vec<_> = read
        .errors
        .iter()
        .map(|error| (error.row, error.column.as_str(), error.found.as_str()))
        .collect();
    assert_eq!(
        errors,
        [
            (2, "收款账号", "empty"),
            (2, "交易金额", "\"1e9\""),
            (4, "收款账号", "\"6.22E+18\""),
            (6, "(row)", "4 fields"),
            (6, "交易金额", "\"-5\""),
        ]
    );
    let (amount, currency) = read.events[0].amount.clone().unwrap();
    assert_eq!(
        (amount.to_string().as_str(), currency.as_str()),
        ("1234.56", "CNY")
    );
    assert_eq!(read.survey.rows, 4);
}

#[test]
fn a_direction_decides_who_pays() {
    let table = "交易卡号,交易户名,交易对手账卡号,对手户名,借贷标志,交易金额,交易日期,时刻\n\
        4539578763621486,甲,6222000000000000068,乙,出,10,2026/3/1,8:00:00\n\
        4539578763621486,甲,6222000000000000068,乙,贷,20,2026/3/1,9:00:00\n\
        4539578763621486,甲,6222000000000000068,乙,?,20,2026/3/1,9:00:00\n";
    let read = read(EventKind::Transfer, table.as_bytes(), "").unwrap();
    assert_eq!(values(&read.events[0])[0], (Role::From, "4539578763621486"));
    assert_eq!(
        values(&read.events[1])[0],
        (Role::From, "6222000000000000068")
    );
    assert_eq!(values(&read.events[1])[2], (Role::FromName, "乙"));
    assert_eq!(read.errors.len(), 1);
    assert_eq!(read.errors[0].column, "借贷标志");
}

#[test]
fn logins_and_movements_are_read_too() {
    let logins = "账号,平台,登录时间,IP,设备号\nuser01,某平台,2026-03-01 08:00:00,::ffff:192.0.2.7,id:ab12\n";
    let read_logins = read(EventKind::Login, logins.as_bytes(), "").unwrap();
    assert_eq!(
        values(&read_logins.events[0]),
        [
            (Role::From, "user01"),
            (Role::To, "某平台"),
            (Role::Device, "id:ab12"),
            (Role::Network, "192.0.2.7"),
        ]
    );
    let movements =
        "手机号码,LAC,CI,开始时间,停留时长\n13800138000,9365,12345,2026-03-01 08:00:00,60\n";
    let moved = read(EventKind::Movement, movements.as_bytes(), "").unwrap();
    assert_eq!(values(&moved.events[0])[1], (Role::To, "9365-12345"));
    assert_eq!(moved.events[0].duration_ms, Some(60_000));
}

#[test]
fn what_spreadsheets_put_around_texts_is_no_part_of_them() {
    let table = "caller,callee,time\n=\"\"13800138000\"\",\t13900139000\t,2026-03-01 00:00:00\n\
        \"=\"\"13800138000\"\"\",13900139000,2026-03-01 00:00:00,,\n";
    let read = calls(table.as_bytes());
    assert_eq!(read.events.len() + read.errors.len(), 2);
    assert_eq!(values(&read.events[0])[0].1, "+8613800138000");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever bytes come, they are read or refused, with a bounded row.
    #[test]
    fn any_bytes_are_a_table_or_refused(
        header in "caller,callee,time|主叫号码,被叫号码,时间|x,y",
        body in prop::collection::vec(any::<u8>(), 0..300),
        gbk in any::<bool>(),
    ) {
        let head = if gbk { GB18030.encode(&header).0.into_owned() } else { header.into_bytes() };
        let bytes = [head, b"\n".to_vec(), body].concat();
        for kind in EventKind::ALL {
            if let Ok(read) = read(kind, &bytes, "") {
                prop_assert!(read.events.len() as u64 <= read.survey.rows);
            }
        }
    }

    /// Rows keep their lines through quoted ones and empty lines.
    #[test]
    fn a_row_is_named_by_its_line(blank in 0usize..4, quoted in 0usize..4) {
        let ends = ["\n", "\r\n", "\r"];
        for end in ends {
            let field = format!("\"a{}b\"", end.repeat(quoted));
            let table = format!("h,i{end}{}{field},1{end}x,2{end}", end.repeat(blank));
            let mut records = Records::new(Cursor::new(table.as_bytes()), TextEncoding::Utf8, b',');
            let mut rows = Vec::new();
            while let Some(record) = records.next_record().unwrap() {
                rows.push((record.row, record.raw.to_owned()));
            }
            let second = 2 + blank as u64;
            prop_assert_eq!(&rows[1], &(second, format!("{field},1")));
            prop_assert_eq!(&rows[2], &(second + 1 + quoted as u64, "x,2".to_owned()));
        }
    }
}
