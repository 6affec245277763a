//! Row 4: one skipping pass over a packet's JSON, so that building its values later can't fail.

use std::ops::Range;

use memchr::memchr2;

/// Arrays and objects may be nested this deep.
pub const MAX_DEPTH: usize = 512;

/// The JSON is broken or too deep, or a placeholder names no attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// Not one JSON value.
    Syntax,
    /// More than [`MAX_DEPTH`] levels.
    Depth,
    /// A `_placeholder` object whose `num` is not the number of an attachment, or more of them than there are attachments.
    Placeholder,
}

/// What the whole value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An object.
    Object,
    /// A string.
    String,
    /// An array and its first element.
    Array(First),
    /// A number, a boolean or null.
    Scalar,
}

/// The first element of an array: in an event, its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum First {
    /// The array is empty.
    None,
    /// A string; the range lies between its quotes.
    String(Range<usize>),
    /// A number; the range is its text.
    Number(Range<usize>),
    /// Anything else.
    Other,
}

/// Checks that `text` is one JSON value and tells its shape.
///
/// With `attachments`, every object that has `"_placeholder": true` must have a `num` that is an integer below it, and there may be no more such objects: an attachment that is named often costs as often its bytes when a handler sends it back.
///
/// # Errors
/// [`Invalid`]; nothing of the text is of use then.
pub fn check(text: &str, attachments: Option<usize>) -> Result<Shape, Invalid> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
        objects: [0; MAX_DEPTH / 64],
        placeholders: attachments.map(|count| Placeholders { count, found: 0, open: Vec::new() }),
    };
    scanner.space();
    let start = scanner.at;
    let shape = match scanner.peek() {
        Some(b'{') => Shape::Object,
        Some(b'"') => Shape::String,
        Some(b'[') => Shape::Array(First::None),
        _ => Shape::Scalar,
    };
    scanner.value()?;
    scanner.space();
    if scanner.at != scanner.bytes.len() {
        return Err(Invalid::Syntax);
    }
    Ok(if matches!(shape, Shape::Array(_)) { Shape::Array(first(text, start)) } else { shape })
}

/// The first element of the array that starts at `start`, which is known to be valid.
fn first(text: &str, start: usize) -> First {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: start + 1,
        depth: 0,
        objects: [0; MAX_DEPTH / 64],
        placeholders: None,
    };
    scanner.space();
    let from = scanner.at;
    match scanner.peek() {
        Some(b']') => First::None,
        Some(b'"') if scanner.string().is_ok() => First::String(from + 1..scanner.at - 1),
        Some(b'-' | b'0'..=b'9') if scanner.number().is_ok() => First::Number(from..scanner.at),
        _ => First::Other,
    }
}

/// The objects that are open, when placeholders are looked for.
struct Placeholders {
    /// How many attachments there are.
    count: usize,
    found: usize,
    open: Vec<Placeholder>,
}

/// What one open object has shown of being a placeholder.
#[derive(Default)]
struct Placeholder {
    marked: bool,
    numbered: bool,
}

impl Placeholders {
    /// The innermost open object ends.
    fn close(&mut self) -> Result<(), Invalid> {
        let object = self.open.pop().unwrap_or_default();
        self.found += usize::from(object.marked);
        let is_one_too_many = self.found > self.count;
        if object.marked && (!object.numbered || is_one_too_many) {
            return Err(Invalid::Placeholder);
        }
        Ok(())
    }
}

/// Without an end at the first, so that it becomes vector instructions.
fn has_control(bytes: &[u8]) -> bool {
    bytes.iter().fold(u8::MAX, |least, &byte| least.min(byte)) < 0x20
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    /// One bit a level: set for an object.
    objects: [u64; MAX_DEPTH / 64],
    placeholders: Option<Placeholders>,
}

impl Scanner<'_> {
    /// One value with all that it holds, without recursion.
    fn value(&mut self) -> Result<(), Invalid> {
        loop {
            let opened = self.element()?;
            if opened {
                continue;
            }
            if self.close_finished()? {
                return Ok(());
            }
        }
    }

    /// A scalar or an empty container, or the opening of a container with the key of its first entry: then `true`.
    fn element(&mut self) -> Result<bool, Invalid> {
        self.space();
        match self.peek().ok_or(Invalid::Syntax)? {
            b'"' => self.string()?,
            b'{' => {
                self.push(true)?;
                self.space();
                if self.peek() != Some(b'}') {
                    self.key()?;
                    return Ok(true);
                }
            }
            b'[' => {
                self.push(false)?;
                self.space();
                if self.peek() != Some(b']') {
                    return Ok(true);
                }
            }
            b't' => self.word(b"true")?,
            b'f' => self.word(b"false")?,
            b'n' => self.word(b"null")?,
            _ => self.number()?,
        }
        Ok(false)
    }

    /// After an element: a comma (then `false`: one more follows) or the ends of containers up to the outermost.
    fn close_finished(&mut self) -> Result<bool, Invalid> {
        loop {
            if self.depth == 0 {
                return Ok(true);
            }
            self.space();
            let object = self.in_object();
            match (self.peek(), object) {
                (Some(b','), true) => {
                    self.at += 1;
                    self.space();
                    self.key()?;
                    return Ok(false);
                }
                (Some(b','), false) => {
                    self.at += 1;
                    return self.not_closing().map(|()| false);
                }
                (Some(b'}'), true) | (Some(b']'), false) => self.pop(object)?,
                _ => return Err(Invalid::Syntax),
            }
        }
    }

    /// A trailing comma is no JSON.
    fn not_closing(&mut self) -> Result<(), Invalid> {
        self.space();
        if self.peek() == Some(b']') { Err(Invalid::Syntax) } else { Ok(()) }
    }

    fn push(&mut self, object: bool) -> Result<(), Invalid> {
        if self.depth == MAX_DEPTH {
            return Err(Invalid::Depth);
        }
        self.at += 1;
        let bit = 1 << (self.depth % 64);
        let word = &mut self.objects[self.depth / 64];
        *word = if object { *word | bit } else { *word & !bit };
        self.depth += 1;
        if let (true, Some(placeholders)) = (object, &mut self.placeholders) {
            placeholders.open.push(Placeholder::default());
        }
        Ok(())
    }

    fn pop(&mut self, object: bool) -> Result<(), Invalid> {
        self.at += 1;
        self.depth -= 1;
        match &mut self.placeholders {
            Some(placeholders) if object => placeholders.close(),
            _ => Ok(()),
        }
    }

    fn in_object(&self) -> bool {
        let level = self.depth - 1;
        self.objects[level / 64] & (1 << (level % 64)) != 0
    }

    fn key(&mut self) -> Result<(), Invalid> {
        if self.peek() != Some(b'"') {
            return Err(Invalid::Syntax);
        }
        let from = self.at;
        self.string()?;
        let key = from + 1..self.at - 1;
        self.space();
        if self.peek() != Some(b':') {
            return Err(Invalid::Syntax);
        }
        self.at += 1;
        self.space();
        if self.placeholders.is_some() {
            self.note_placeholder(key);
        }
        Ok(())
    }

    /// Looks at the value that follows a key of a placeholder.
    fn note_placeholder(&mut self, key: Range<usize>) {
        let (key, rest) = (&self.bytes[key], &self.bytes[self.at..]);
        let Some(Placeholders { count, open, .. }) = &mut self.placeholders else { return };
        let Some(object) = open.last_mut() else { return };
        match key {
            b"_placeholder" => object.marked = rest.starts_with(b"true"),
            b"num" => object.numbered = integer(rest).is_some_and(|number| number < *count),
            _ => {}
        }
    }

    /// After the opening quote was seen at `at`: moves behind the closing one.
    fn string(&mut self) -> Result<(), Invalid> {
        self.at += 1;
        loop {
            let rest = &self.bytes[self.at..];
            let length = memchr2(b'"', b'\\', rest).ok_or(Invalid::Syntax)?;
            if has_control(&rest[..length]) {
                return Err(Invalid::Syntax);
            }
            self.at += length + 1;
            if rest[length] == b'"' {
                return Ok(());
            }
            self.escape()?;
        }
    }

    fn escape(&mut self) -> Result<(), Invalid> {
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                let digits = self.bytes.get(self.at + 1..self.at + 5).ok_or(Invalid::Syntax)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(Invalid::Syntax);
                }
                self.at += 5;
            }
            _ => return Err(Invalid::Syntax),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Invalid> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Invalid> {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == from { Err(Invalid::Syntax) } else { Ok(()) }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Invalid> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(Invalid::Syntax);
        }
        self.at += word.len();
        Ok(())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}

/// The non-negative integer at the head of `rest`, when nothing but its end follows.
fn integer(rest: &[u8]) -> Option<usize> {
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let next = rest.get(length).copied();
    if !matches!(next, Some(b',' | b'}' | b' ' | b'\t' | b'\n' | b'\r')) {
        return None;
    }
    std::str::from_utf8(&rest[..length]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
