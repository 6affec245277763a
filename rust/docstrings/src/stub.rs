//! What the stub says; its form is that of ruff's formatter.

const STUB: &str = include_str!("../../../python/socketio_rs/_core.pyi");
const QUOTES: &str = "\"\"\"";

/// The docstring of a class, or of one of its members; of overloads the last one's.
pub(crate) fn docstring(class: &str, member: Option<&str>) -> Option<String> {
    let class = format!("class {class}");
    let begins_class =
        |line: &&str| line.strip_prefix(&class).is_some_and(|rest| rest.starts_with([':', '(']));
    let class: Vec<&str> = STUB.lines().skip_while(|line| !begins_class(line)).collect();
    let (head, body) = class.split_first()?;
    let is_outside = |line: &&str| !line.is_empty() && !line.starts_with(' ');
    let end = body.iter().position(is_outside).unwrap_or(body.len());
    let body = &body[..end];
    let Some(member) = member else { return text_behind(head, body, "    ") };
    let definition = format!("    def {member}(");
    let definitions = body.iter().enumerate().filter(|(_, line)| line.starts_with(&definition));
    definitions.rev().find_map(|(at, _)| {
        let end = at + body[at..].iter().position(|line| line.ends_with([':', '.']))?;
        text_behind(body[end], &body[end + 1..], "        ")
    })
}

/// The docstring behind a definition's last line, without its indentation.
fn text_behind(head: &str, lines: &[&str], indentation: &str) -> Option<String> {
    let first = lines.first()?.trim_start().strip_prefix(QUOTES)?;
    if head.ends_with("...") {
        return None;
    }
    if let Some(only) = first.strip_suffix(QUOTES) {
        return Some(only.to_owned());
    }
    let rest = lines[1..].iter().take_while(|line| line.trim() != QUOTES);
    let rest = rest.map(|line| line.strip_prefix(indentation).unwrap_or(line));
    Some([first].into_iter().chain(rest).collect::<Vec<_>>().join("\n"))
}
