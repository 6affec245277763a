//! The pass over JSON against `serde_json`: it accepts the same texts, down to its depth, and tells their shape.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use serde_json::{Value, from_str};

use socketio::json::{First, Invalid, MAX_DEPTH, Shape, check};

/// How many attachments the placeholders may name.
const ATTACHMENTS: usize = 2;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else { return };
    let checked = check(text, None);
    let is_json = from_str::<IgnoredAny>(text).is_ok();
    assert_eq!(checked.is_ok(), is_json && depth(text) <= MAX_DEPTH);
    let with_attachments = check(text, Some(ATTACHMENTS));
    let Ok(shape) = checked else {
        // A placeholder may be found to be bad before the syntax is.
        assert!(with_attachments.is_err());
        return;
    };
    assert!(with_attachments == Ok(shape.clone()) || with_attachments == Err(Invalid::Placeholder));
    // It refuses some texts: half of a surrogate pair, numbers past a float's, more than 128 levels.
    if let Ok(value) = from_str::<Value>(text) {
        assert_shape(text, &shape, &value);
        // Keys are compared as they are written.
        if !text.contains('\\') {
            // It looks at what a later value of the same key hides, too.
            assert!(with_attachments.is_err() || placeholders_fit(&value));
        }
    }
});

/// The deepest level of a valid text.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn assert_shape(text: &str, shape: &Shape, value: &Value) {
    let first = value.as_array().and_then(|values| values.first());
    match shape {
        Shape::Object => assert!(value.is_object()),
        Shape::String => assert!(value.is_string()),
        Shape::Scalar => assert!(value.is_number() || value.is_boolean() || value.is_null()),
        Shape::Array(First::None) => assert!(value.is_array() && first.is_none()),
        Shape::Array(First::String(range)) => {
            let quoted = &text[range.start - 1..=range.end];
            assert_eq!(from_str::<Value>(quoted).ok().as_ref(), first);
        }
        Shape::Array(First::Number(range)) => {
            assert_eq!(from_str::<Value>(&text[range.clone()]).ok().as_ref(), first);
        }
        Shape::Array(First::Other) => {
            assert!(first.is_some_and(|first| !first.is_string() && !first.is_number()));
        }
    }
}

fn placeholders_fit(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().all(placeholders_fit),
        Value::Object(entries) => {
            let is_placeholder = entries.get("_placeholder") == Some(&Value::Bool(true));
            let number = entries.get("num").and_then(Value::as_u64);
            let fits = number.is_some_and(|number| number < ATTACHMENTS as u64);
            (fits || !is_placeholder) && entries.values().all(placeholders_fit)
        }
        _ => true,
    }
}
