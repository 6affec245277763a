//! Row 6: the pieces of JSON text, found without Python.

/// The text is not JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken;

/// Bytes of a string that need no escape, up to `end`.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) end: usize,
    pub(super) ascii: bool,
}

/// Looks from `from` for the next quote, backslash or control character.
///
/// Eight bytes at a time where strings are short, then in blocks that the compiler turns into vector
/// instructions: a 64 KB string is read in 4 µs.
#[inline]
pub(super) fn plain_run(bytes: &[u8], from: usize) -> Run {
    let mut run = Run { end: from, ascii: true };
    for _ in 0..4 {
        let Some(word) = bytes.get(run.end..).and_then(<[u8]>::first_chunk) else {
            return last_bytes(bytes, run);
        };
        if run.take(u64::from_le_bytes(*word)) {
            return run;
        }
    }
    long_run(bytes, run)
}

fn long_run(bytes: &[u8], mut run: Run) -> Run {
    while let Some(block) = bytes.get(run.end..).and_then(<[u8]>::first_chunk::<64>) {
        let mut special = 0;
        let mut high = 0;
        for &byte in block {
            special |= u8::from(byte < 0x20) | u8::from(byte == b'"') | u8::from(byte == b'\\');
            high |= byte;
        }
        if special != 0 {
            break;
        }
        run.ascii &= high < 0x80;
        run.end += block.len();
    }
    while let Some(word) = bytes.get(run.end..).and_then(<[u8]>::first_chunk) {
        if run.take(u64::from_le_bytes(*word)) {
            return run;
        }
    }
    last_bytes(bytes, run)
}

/// The last seven bytes at most. The zero bytes that fill the word up end the run where the bytes end.
#[inline]
fn last_bytes(bytes: &[u8], mut run: Run) -> Run {
    let rest = bytes.get(run.end..).unwrap_or_default();
    let word = match bytes.last_chunk() {
        Some(_) if rest.is_empty() => 0,
        Some(last) => u64::from_le_bytes(*last) >> (64 - 8 * rest.len()),
        None => rest.iter().rev().fold(0, |word, &byte| (word << 8) | u64::from(byte)),
    };
    run.take(word);
    run
}

impl Run {
    /// Takes eight bytes, or those in front of the one that ends the run: then `true`.
    #[inline]
    fn take(&mut self, word: u64) -> bool {
        const ONES: u64 = u64::MAX / 0xff;
        const HIGHS: u64 = ONES * 0x80;
        // The classic zero-byte test. A borrow only marks bytes above a true hit, so the lowest is exact.
        let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
        let quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
        let hits = (quote | backslash | below(word, 0x20)) & HIGHS;
        if hits == 0 {
            self.ascii &= word & HIGHS == 0;
            self.end += 8;
            return false;
        }
        let lowest = hits.trailing_zeros();
        self.ascii &= word & HIGHS & ((1 << lowest) - 1) == 0;
        self.end += lowest as usize / 8;
        true
    }
}

/// A place in a text. It never leaves the text, whatever that is.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) data: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    /// What lies between `from` and the cursor.
    #[inline]
    pub(super) fn since(&self, from: usize) -> &'a [u8] {
        self.data.get(from..self.at).unwrap_or_default()
    }

    /// The byte at the cursor.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    /// At the head of an array or object: whether it has an element; `end` is passed.
    #[inline]
    pub(super) fn any(&mut self, end: u8) -> Result<bool, Broken> {
        let any = self.next()? != end;
        self.at += usize::from(!any);
        Ok(any)
    }

    /// After an element: whether a comma came, and not `end`; either is passed.
    #[inline]
    pub(super) fn more(&mut self, end: u8) -> Result<bool, Broken> {
        let byte = self.next()?;
        self.at += 1;
        match byte {
            b',' => Ok(true),
            byte if byte == end => Ok(false),
            _ => Err(Broken),
        }
    }

    #[inline]
    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        if self.next()? != byte {
            return Err(Broken);
        }
        self.at += 1;
        Ok(())
    }

    /// The next byte that is no space; it is not passed.
    #[inline]
    pub(super) fn next(&mut self) -> Result<u8, Broken> {
        loop {
            match self.data.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(&byte) => return Ok(byte),
                None => return Err(Broken),
            }
        }
    }

    pub(super) fn word(&mut self, word: &[u8]) -> Result<(), Broken> {
        if self.data.get(self.at..self.at + word.len()) != Some(word) {
            return Err(Broken);
        }
        self.at += word.len();
        Ok(())
    }

    /// What may follow the digits of an integer.
    pub(super) fn fraction_and_exponent(&mut self) -> Result<(), Broken> {
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Broken> {
        let from = self.at;
        while let Some(b'0'..=b'9') = self.data.get(self.at) {
            self.at += 1;
        }
        if self.at == from { Err(Broken) } else { Ok(()) }
    }

    /// The rest of a string onto the end of `out`; its closing quote is passed.
    #[cold]
    pub(super) fn unescape(&mut self, out: &mut Vec<u8>) -> Result<(), Broken> {
        loop {
            let end = plain_run(self.data, self.at).end;
            out.extend_from_slice(&self.data[self.at..end]);
            let escape = self.data.get(end..end + 2);
            self.at = end + 2;
            let byte = match (self.data.get(end), escape) {
                (Some(b'"'), _) => {
                    self.at = end + 1;
                    return Ok(());
                }
                (_, Some(b"\\u")) => {
                    let character = self.unicode_escape()?;
                    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    continue;
                }
                (_, Some(&[b'\\', byte @ (b'"' | b'\\' | b'/')])) => byte,
                (_, Some(b"\\b")) => 0x08,
                (_, Some(b"\\f")) => 0x0c,
                (_, Some(b"\\n")) => b'\n',
                (_, Some(b"\\r")) => b'\r',
                (_, Some(b"\\t")) => b'\t',
                _ => return Err(Broken),
            };
            out.push(byte);
        }
    }

    /// After `\u`. A surrogate without its other half is U+FFFD, as UTF-8 has no room for it.
    fn unicode_escape(&mut self) -> Result<char, Broken> {
        let unit = hex(self.data, self.at).ok_or(Broken)?;
        self.at += 4;
        let follows = self.data.get(self.at..self.at + 2) == Some(b"\\u");
        if let (0xd800..0xdc00, true) = (unit, follows)
            && let Some(low @ 0xdc00..0xe000) = hex(self.data, self.at + 2)
        {
            self.at += 6;
            let joined = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            return char::from_u32(joined).ok_or(Broken);
        }
        Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Passes a value that nobody wants, without looking at more than its end.
    pub(super) fn skip(&mut self) -> Result<(), Broken> {
        let mut open = 0_usize;
        loop {
            match self.next()? {
                b'"' => self.skip_string()?,
                b'[' | b'{' => {
                    self.at += 1;
                    open += 1;
                    continue;
                }
                b']' | b'}' => {
                    self.at += 1;
                    open = open.checked_sub(1).ok_or(Broken)?;
                }
                b',' | b':' if open > 0 => {
                    self.at += 1;
                    continue;
                }
                _ => self.skip_scalar()?,
            }
            if open == 0 {
                return Ok(());
            }
        }
    }

    fn skip_string(&mut self) -> Result<(), Broken> {
        self.at += 1;
        loop {
            let end = plain_run(self.data, self.at).end;
            match self.data.get(end) {
                Some(b'"') => {
                    self.at = end + 1;
                    return Ok(());
                }
                Some(b'\\') if end + 1 < self.data.len() => self.at = end + 2,
                _ => return Err(Broken),
            }
        }
    }

    pub(super) fn skip_scalar(&mut self) -> Result<(), Broken> {
        let from = self.at;
        while let Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'E') =
            self.data.get(self.at)
        {
            self.at += 1;
        }
        if self.at == from { Err(Broken) } else { Ok(()) }
    }
}

fn hex(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..at + 4)?
        .iter()
        .try_fold(0, |number, &digit| Some((number << 4) | char::from(digit).to_digit(16)?))
}
