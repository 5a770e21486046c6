//! One text for one JSON value.

use serde_json::Value;

/// JSON text without whitespace, members sorted by name, so that equal values have equal text.
///
/// # Source
/// RFC 8785 (JSON Canonicalization Scheme), with two deviations. Names are sorted by Unicode code
/// point, not by UTF-16 code unit; the two differ only beyond U+FFFF. Integers are written in full
/// up to 64 bits, and other numbers as the shortest decimal that reads back as the same f64, with a
/// point or exponent (`1.0`, `1e30`), so that no integer and no fraction share a text.
pub fn canonical_json(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        // Display writes these in one way: literals, digits, and the escapes of RFC 8785.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string());
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            // The map's own order depends on how the JSON crate was built.
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (index, (name, member)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(member, text);
            }
            text.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn members_are_sorted_at_every_depth_and_nothing_is_spaced() {
        let value = json!({ "b": [1, { "z": null, "a": true }], "a": "x", "B": {} });
        assert_eq!(
            canonical_json(&value),
            r#"{"B":{},"a":"x","b":[1,{"a":true,"z":null}]}"#
        );
    }

    #[test]
    fn text_is_escaped_no_more_than_json_needs() {
        let value = json!("\u{8}\t\n\u{c}\r\u{1}\"\\/é录音\u{7f}");
        assert_eq!(
            canonical_json(&value),
            "\"\\b\\t\\n\\f\\r\\u0001\\\"\\\\/é录音\u{7f}\""
        );
    }

    #[test]
    fn integers_and_fractions_never_share_a_text() {
        assert_eq!(
            canonical_json(&json!([1, 1.0, -0.5, u64::MAX])),
            "[1,1.0,-0.5,18446744073709551615]"
        );
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((".{0,4}", inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_text_reads_back_as_the_value(value in any_json()) {
            let text = canonical_json(&value);
            let read: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&read, &value);
            prop_assert_eq!(canonical_json(&read), text);
        }
    }
}
