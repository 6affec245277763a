//! Row 2: a client's bytes become messages: unmasked, joined, checked.

#![allow(clippy::mut_mut, reason = "the input is a slice whose front is taken away")]

use crate::close::{self, CloseCode};
use crate::error::Error;
use crate::header::{Header, MAX_CLIENT_HEADER, Opcode};
use crate::mask;

/// One message, or a control frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
    /// A ping.
    Ping(&'a [u8]),
    /// A pong.
    Pong(&'a [u8]),
    /// The peer's end of the stream; nothing is to be read after it.
    Close(Option<CloseCode>),
}

/// Reads one connection's frames. What arrives whole is borrowed from the input; only what is unfinished is kept.
#[derive(Debug, Default)]
pub struct Reader {
    unfinished: Option<Box<Unfinished>>,
}

/// What has arrived of a frame or of a fragmented message.
#[derive(Debug, Default)]
struct Unfinished {
    head: [u8; MAX_CLIENT_HEADER],
    head_length: usize,
    frame: Option<Frame>,
    message: Option<Fragments>,
    /// The payload of an unfinished control frame.
    control: Vec<u8>,
    /// What the last call lent out.
    lent: Vec<u8>,
}

/// A frame whose payload is incomplete.
#[derive(Clone, Copy, Debug)]
struct Frame {
    header: Header,
    received: u64,
}

/// A message whose frames are incomplete.
#[derive(Debug)]
struct Fragments {
    text: bool,
    bytes: Vec<u8>,
    /// Up to here the bytes are whole characters.
    valid: usize,
    count: usize,
}

/// What one step over the input came to.
enum Step<'b> {
    /// All input is consumed.
    More,
    /// A whole unmasked frame of the input.
    Whole(Opcode, &'b [u8]),
    /// A whole message, or the payload of a control frame, is in `lent`.
    Lent(Opcode),
}

/// A fragment beyond the first counts as this many bytes against a budget of its own, so that empty ones end too.
const FRAGMENT_BYTES: usize = 8;
/// As many fragments are always allowed (the Autobahn suite sends 65,536).
const FREE_FRAGMENTS: usize = 65_536;

impl Reader {
    /// A reader at the start of a connection; it owns no memory of the heap until something is unfinished.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes from the front of `input` until a message is whole. None: all of it is consumed, and more is needed.
    ///
    /// # Errors
    /// The client's mistake; the reader must not be used any more. Messages before it have been returned.
    pub fn next<'m, 'b: 'm>(
        &'m mut self,
        input: &mut &'b mut [u8],
        max_message_bytes: usize,
    ) -> Result<Option<Message<'m>>, Error> {
        if let Some(unfinished) = &mut self.unfinished {
            unfinished.lent = Vec::new();
            if unfinished.is_idle() {
                self.unfinished = None;
            }
        }
        match self.step(input, max_message_bytes)? {
            Step::More => Ok(None),
            Step::Whole(opcode, payload) => message(opcode, payload).map(Some),
            Step::Lent(opcode) => {
                let lent = self.unfinished.as_ref().map_or(&[][..], |unfinished| &unfinished.lent);
                message(opcode, lent).map(Some)
            }
        }
    }

    fn step<'b>(&mut self, input: &mut &'b mut [u8], max: usize) -> Result<Step<'b>, Error> {
        loop {
            if self.unfinished.as_ref().is_none_or(|unfinished| unfinished.frame.is_none()) {
                let Some(header) = self.take_header(input)? else { return Ok(Step::More) };
                self.check(&header, max)?;
                if let Some(payload) = take_whole(&header, input) {
                    return Ok(Step::Whole(header.opcode, payload));
                }
                self.unfinished.get_or_insert_default().begin(header);
            }
            let Some(unfinished) = &mut self.unfinished else { return Ok(Step::More) };
            if !unfinished.take_payload(input)? {
                return Ok(Step::More);
            }
            if let Some(opcode) = unfinished.end_frame()? {
                return Ok(Step::Lent(opcode));
            }
        }
    }

    /// The next frame's head, from the input alone where it is whole there.
    fn take_header(&mut self, input: &mut &mut [u8]) -> Result<Option<Header>, Error> {
        let pending = self.unfinished.as_ref().is_some_and(|unfinished| unfinished.head_length > 0);
        if !pending {
            if let Some((header, size)) = Header::parse(input)? {
                consume(input, size);
                return Ok(Some(header));
            }
            if input.is_empty() {
                return Ok(None);
            }
        }
        let unfinished = self.unfinished.get_or_insert_default();
        while let Some(&mut byte) = input.first_mut() {
            consume(input, 1);
            unfinished.head[unfinished.head_length] = byte;
            unfinished.head_length += 1;
            let head = &unfinished.head[..unfinished.head_length];
            if let Some((header, _)) = Header::parse(head)? {
                unfinished.head_length = 0;
                return Ok(Some(header));
            }
        }
        Ok(None)
    }

    /// The rules that the frame's place in the stream adds to its own.
    fn check(&self, header: &Header, max: usize) -> Result<(), Error> {
        let message = self.unfinished.as_ref().and_then(|unfinished| unfinished.message.as_ref());
        match (header.opcode, message) {
            (Opcode::Continuation, None) => return Err(Error::UnexpectedContinuation),
            (Opcode::Text | Opcode::Binary, Some(_)) => return Err(Error::UnfinishedMessage),
            _ => {}
        }
        if header.opcode.is_control() {
            return Ok(());
        }
        let (held, count) = message.map_or((0, 0), |message| (message.bytes.len(), message.count));
        let fits = usize::try_from(header.length).is_ok_and(|length| length <= max - held.min(max));
        let fragments = count.saturating_sub(FREE_FRAGMENTS);
        if fits && fragments.saturating_mul(FRAGMENT_BYTES) <= max {
            Ok(())
        } else {
            Err(Error::TooBig { limit: max })
        }
    }
}

impl Unfinished {
    fn is_idle(&self) -> bool {
        self.head_length == 0 && self.frame.is_none() && self.message.is_none()
    }

    fn begin(&mut self, header: Header) {
        self.frame = Some(Frame { header, received: 0 });
        if header.opcode.is_control() {
            return;
        }
        let text = header.opcode == Opcode::Text;
        let new = || Fragments { text, bytes: Vec::new(), valid: 0, count: 0 };
        self.message.get_or_insert_with(new).count += 1;
    }

    /// Takes what the input has of the frame's payload; whether it is complete.
    fn take_payload(&mut self, input: &mut &mut [u8]) -> Result<bool, Error> {
        let Some(frame) = &mut self.frame else { return Ok(false) };
        let missing = frame.header.length - frame.received;
        let length =
            usize::try_from(missing).map_or(input.len(), |missing| missing.min(input.len()));
        let payload = consume(input, length);
        // Only the offset modulo 4 matters.
        mask::apply(payload, frame.header.mask, (frame.received % 4) as usize);
        frame.received += length as u64;
        let complete = frame.received == frame.header.length;
        if frame.header.opcode.is_control() {
            self.control.extend_from_slice(payload);
        } else if let Some(message) = &mut self.message {
            message.extend(payload)?;
        }
        Ok(complete)
    }

    /// The frame is complete: lends its message out if that is, too.
    fn end_frame(&mut self) -> Result<Option<Opcode>, Error> {
        let Some(Frame { header, .. }) = self.frame.take() else { return Ok(None) };
        if header.opcode.is_control() {
            self.lent = std::mem::take(&mut self.control);
            return Ok(Some(header.opcode));
        }
        if !header.fin {
            return Ok(None);
        }
        let Some(message) = self.message.take() else { return Ok(None) };
        if message.text && message.valid != message.bytes.len() {
            return Err(Error::InvalidUtf8);
        }
        self.lent = message.bytes;
        Ok(Some(if message.text { Opcode::Text } else { Opcode::Binary }))
    }
}

impl Fragments {
    /// Appends, and fails at the first byte that can't be text.
    fn extend(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.bytes.extend_from_slice(payload);
        if !self.text {
            return Ok(());
        }
        match simdutf8::compat::from_utf8(&self.bytes[self.valid..]) {
            Ok(_) => self.valid = self.bytes.len(),
            Err(error) if error.error_len().is_some() => return Err(Error::InvalidUtf8),
            Err(error) => self.valid += error.valid_up_to(),
        }
        Ok(())
    }
}

/// The frame's payload, unmasked in place, when all of it is in the input and it needs no joining.
fn take_whole<'b>(header: &Header, input: &mut &'b mut [u8]) -> Option<&'b [u8]> {
    let alone = match header.opcode {
        Opcode::Continuation => false,
        Opcode::Text | Opcode::Binary => header.fin,
        Opcode::Close | Opcode::Ping | Opcode::Pong => true,
    };
    let length = usize::try_from(header.length).ok()?;
    if !alone || input.len() < length {
        return None;
    }
    let (payload, rest) = std::mem::take(input).split_at_mut(length);
    *input = rest;
    mask::apply(payload, header.mask, 0);
    Some(payload)
}

/// The message that a payload is. What was joined is looked at once more: safe code has no other way to a `str`, and it is the rare case.
fn message(opcode: Opcode, payload: &[u8]) -> Result<Message<'_>, Error> {
    Ok(match opcode {
        Opcode::Text => {
            Message::Text(simdutf8::basic::from_utf8(payload).map_err(|_| Error::InvalidUtf8)?)
        }
        Opcode::Binary | Opcode::Continuation => Message::Binary(payload),
        Opcode::Ping => Message::Ping(payload),
        Opcode::Pong => Message::Pong(payload),
        Opcode::Close => Message::Close(close::parse(payload)?),
    })
}

/// Takes `length` bytes from the front.
fn consume<'b>(input: &mut &'b mut [u8], length: usize) -> &'b mut [u8] {
    let (taken, rest) = std::mem::take(input).split_at_mut(length);
    *input = rest;
    taken
}
