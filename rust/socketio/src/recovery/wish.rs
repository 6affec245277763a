//! What a client's CONNECT packet asks to come back with.

use engineio::Sid;

/// No offset is longer, in bytes.
const MAX_OFFSET: usize = 256;

/// The secret of the socket that has ended, and the last packet that its client has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) pid: [u8; Sid::LEN],
    /// None where it is no number as this server writes it: whoever keeps the sessions may have given it.
    pub(crate) offset: Option<u64>,
}

/// Reads `pid` and `offset` of a JSON object that was checked; none unless both are strings that a server may have given.
pub(crate) fn wish(auth: &str) -> Option<Wish> {
    // Most bring none.
    if !auth.contains("\"pid\"") {
        return None;
    }
    let (mut pid, mut offset) = (None, None);
    let (mut depth, mut key) = (0, None);
    let mut rest = auth;
    while let Some(at) = rest.find(['"', '{', '[', '}', ']', ',', ':']) {
        let token = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match token {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'"' => {
                let end = end_of_string(rest)?;
                let text = &rest[..end];
                rest = &rest[end + 1..];
                let is_key = depth == 1 && rest.trim_start().starts_with(':');
                match key {
                    _ if is_key => key = Some(text),
                    // The last of repeated keys wins.
                    Some("pid") if depth == 1 => pid = Some(text),
                    Some("offset") if depth == 1 => offset = Some(text),
                    _ => {}
                }
                if is_key {
                    // One whose value is no string has none.
                    match text {
                        "pid" => pid = None,
                        "offset" => offset = None,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    let offset = offset.filter(|offset| offset.len() <= MAX_OFFSET)?;
    Some(Wish { pid: pid?.as_bytes().try_into().ok()?, offset: number(offset) })
}

/// Where a string ends that has begun.
fn end_of_string(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'"', b'\\', &text.as_bytes()[from..])?;
        if text.as_bytes()[at] == b'"' {
            return Some(at);
        }
        from = at + 2;
    }
}

/// A number in the one way in which the server writes it.
fn number(text: &str) -> Option<u64> {
    let plain = text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    (plain && !text.starts_with('0')).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PID: &str = "abcdefghijklmnopqrst";

    #[test]
    fn a_pid_and_an_offset_are_found_among_what_else_a_client_sends() {
        for auth in [
            r#"{"pid":"P","offset":"12"}"#,
            r#"{"token":"a\"{","deep":{"pid":"x","offset":[1,"2"]},"offset":"12","pid" : "P"}"#,
            r#"{"offset":"1","pid":"P","offset":"12","last":"}"}"#,
        ] {
            let found = wish(&auth.replace('P', PID)).unwrap();
            assert!(found.pid == PID.as_bytes() && found.offset == Some(12), "{auth}");
        }
    }

    #[test]
    fn what_the_server_never_gave_is_no_wish() {
        for offset in ["-", "+", "+1", "-1", "0", "01", "", " 1", "1.0", "1e3", "\\u0031"] {
            let found = wish(&format!(r#"{{"pid":"{PID}","offset":"{offset}"}}"#));
            assert!(found.is_some_and(|wish| wish.offset.is_none()), "{offset}");
        }
        let mut auths = Vec::new();
        auths.push(format!(r#"{{"pid":"{PID}","offset":"{}"}}"#, "9".repeat(1 << 20)));
        auths.push(format!(r#"{{"pid":"{PID}","offset":12}}"#));
        auths.push(format!(r#"{{"pid":"{PID}"}}"#));
        auths.push(format!(r#"{{"pid":["{PID}"],"offset":"12"}}"#));
        auths.push(format!(r#"{{"pid":"{PID}","pid":null,"offset":"12"}}"#));
        auths.push(format!(r#"{{"a":{{"pid":"{PID}","offset":"12"}}}}"#));
        auths.push(r#"{"pid":"short","offset":"12"}"#.to_owned());
        auths.push("{}".to_owned());
        for auth in auths {
            assert!(wish(&auth).is_none(), "{}", &auth[..auth.len().min(80)]);
        }
    }
}
