use proptest::prelude::*;

use super::*;

fn region() -> Region {
    "CN".parse().unwrap()
}

fn form(kind: EntityKind, written: &str) -> String {
    normal_form(kind, written, region()).unwrap().value
}

fn warnings(kind: EntityKind, written: &str) -> Vec<EntityWarning> {
    normal_form(kind, written, region()).unwrap().warnings
}

fn refused(kind: EntityKind, written: &str) -> String {
    normal_form(kind, written, region())
        .unwrap_err()
        .to_string()
}

#[test]
fn one_number_in_many_ways_of_writing_is_one_entity() {
    for written in [
        "13800138000",
        "138 0013 8000",
        "+86 138-0013-8000",
        "8613800138000",
        "0086 13800138000",
        "013800138000",
        "１３８００１３８０００",
        "1795113800138000",
        "tel:+8613800138000",
        "\u{200e}13800138000\u{202c}",
    ] {
        assert_eq!(
            form(EntityKind::Phone, written),
            "+8613800138000",
            "{written}"
        );
        assert_eq!(warnings(EntityKind::Phone, written), [], "{written}");
    }
    assert_eq!(
        form(EntityKind::Phone, "(0755) 8888 8888"),
        "+8675588888888"
    );
    assert_eq!(form(EntityKind::Phone, "+44 20 7946 0011"), "+442079460011");
    let us = normal_form(EntityKind::Phone, "(202) 555-0141", "US".parse().unwrap()).unwrap();
    assert_eq!(us.value, "+12025550141");
}

#[test]
fn a_number_outside_its_plan_is_kept_with_a_warning() {
    assert_eq!(form(EntityKind::Phone, "10086"), "10086;phone-context=+86");
    assert_eq!(
        form(EntityKind::Phone, "+86 10086"),
        "10086;phone-context=+86"
    );
    assert_eq!(form(EntityKind::Phone, "110"), "110;phone-context=+86");
    assert_eq!(form(EntityKind::Phone, "+999 1234567"), "+9991234567");
    assert_eq!(form(EntityKind::Phone, "00999 1234567"), "+9991234567");
    for written in ["10086", "110", "+9991234567", "12345678"] {
        assert_eq!(
            warnings(EntityKind::Phone, written),
            [EntityWarning::NotInPlan],
            "{written}"
        );
    }
}

#[test]
fn what_is_no_number_is_refused_with_what_was_found() {
    for written in [
        "",
        "  ",
        "unknown",
        "1-800-FLOWERS",
        "12",
        "+",
        "1".repeat(40).as_str(),
    ] {
        assert!(
            normal_form(EntityKind::Phone, written, region()).is_err(),
            "{written}"
        );
    }
    assert_eq!(
        refused(EntityKind::Phone, "anonymous"),
        "phone is \"anonymous\", expected a telephone number of 3 to 15 digits"
    );
    assert_eq!(
        refused(EntityKind::Person, " "),
        "person is empty, expected a value"
    );
    assert_eq!(
        refused(EntityKind::Address, "a\u{0}b"),
        "address is a text with control character U+0000, expected a text without control characters"
    );
    assert!(refused(EntityKind::Person, &"x".repeat(513)).contains("513 characters"));
    assert!("China".parse::<Region>().is_err());
}

#[test]
fn a_card_whose_check_digit_fails_is_kept_with_a_warning() {
    assert_eq!(
        form(EntityKind::Account, "6222 0000 0000 0000 06-8"),
        "6222000000000000068"
    );
    assert_eq!(warnings(EntityKind::Account, "4539578763621486"), []);
    assert_eq!(
        warnings(EntityKind::Account, "4539578763621487"),
        [EntityWarning::LuhnFailed]
    );
    // Too short for a card, so the check says nothing.
    assert_eq!(warnings(EntityKind::Account, "12345"), []);
    assert_eq!(
        form(EntityKind::Account, " User.Name@Example "),
        "user.name@example"
    );
}

#[test]
fn an_imei_is_one_with_and_without_its_check_digit() {
    for written in [
        "490154203237518",
        "49015420323751",
        "490154203237510",
        "4901542032375199",
    ] {
        assert_eq!(
            form(EntityKind::Device, written),
            "imei:490154203237518",
            "{written}"
        );
    }
    assert_eq!(warnings(EntityKind::Device, "490154203237518"), []);
    assert_eq!(
        warnings(EntityKind::Device, "49015420323751"),
        [EntityWarning::CheckDigitComputed]
    );
    assert_eq!(
        warnings(EntityKind::Device, "490154203237513"),
        [EntityWarning::LuhnFailed]
    );
    assert_eq!(
        form(EntityKind::Device, "IMSI:460001234567890"),
        "imsi:460001234567890"
    );
    assert!(warnings(EntityKind::Device, "460001234567890").contains(&EntityWarning::MayBeImsi));
    assert_eq!(
        form(EntityKind::Device, "AA-BB-CC-00-11-22"),
        "mac:aa:bb:cc:00:11:22"
    );
    assert!(refused(EntityKind::Device, "12345").contains("14 to 16 digits"));
}

#[test]
fn a_page_is_one_whatever_its_scheme_case_port_and_fragment() {
    for written in [
        "https://Example.COM/a?b=1",
        "http://example.com:80/a?b=1#top",
        "example.com/a?b=1",
        "//example.com/a?b=1",
        "https://user:pw@example.com/./x/../a?b=1",
    ] {
        assert_eq!(
            form(EntityKind::Url, written),
            "//example.com/a?b=1",
            "{written}"
        );
    }
    assert_eq!(
        form(EntityKind::Url, "例子.测试"),
        "//xn--fsqu00a.xn--0zwm56d/"
    );
    for written in ["hello", "http://", "https:///x", "not a url"] {
        assert!(
            normal_form(EntityKind::Url, written, region()).is_err(),
            "{written}"
        );
    }
}

#[test]
fn names_and_places_differ_neither_by_width_nor_by_spaces() {
    assert_eq!(form(EntityKind::Person, "Ｓuspect　 01"), "suspect 01");
    assert_eq!(form(EntityKind::Organisation, "某 某 公司"), "某某公司");
    assert_eq!(form(EntityKind::Address, "::ffff:192.0.2.1"), "192.0.2.1");
    assert_eq!(form(EntityKind::Address, "2001:DB8:0:0::1"), "2001:db8::1");
    assert_eq!(
        form(EntityKind::Cell, "460 00, 9365:1a2b"),
        "460-00-9365-1A2B"
    );
}

fn any_kind() -> impl Strategy<Value = EntityKind> {
    prop::sample::select(EntityKind::ALL.to_vec())
}

fn any_writing() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[0-9 +().-]{0,24}",
        "[0-9]{3,20}",
        "(imei:|imsi:|id:)?[0-9a-f:-]{5,20}",
        "(https?://)?[a-z0-9.-]{1,20}(:[0-9]{1,4})?(/[a-zA-Z0-9%?#=&.]{0,20})?",
        "[a-z]{1,8}://[a-zA-Z0-9@:._%-]{1,20}",
        "[０-９ａ-ｚ ㈱ﬁİßΣς一二三·]{0,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_normal_form_of_a_normal_form_is_itself(kind in any_kind(), written in any_writing()) {
        if let Ok(first) = normal_form(kind, &written, region()) {
            let again = normal_form(kind, &first.value, region());
            prop_assert_eq!(again.map(|form| form.value), Ok(first.value));
        }
    }

    #[test]
    fn width_never_makes_another_entity(digits in "[0-9]{3,15}") {
        let wide: String = digits
            .chars()
            .map(|c| char::from_u32(c as u32 + 0xfee0).unwrap())
            .collect();
        for kind in [EntityKind::Phone, EntityKind::Account, EntityKind::Device] {
            prop_assert_eq!(
                normal_form(kind, &digits, region()).ok(),
                normal_form(kind, &wide, region()).ok()
            );
        }
    }
}
