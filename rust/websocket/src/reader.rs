//! Row 2: a client's bytes become messages: unmasked, joined, checked.

#![allow(clippy::mut_mut, reason = "the input is a slice whose front is taken away")]

use crate::close;
use crate::error::Error;
use crate::header::{Header, MAX_CLIENT_HEADER, Opcode};
use crate::mask;
use crate::utf8::PartialText;

/// A whole message, or a control frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
    /// A ping of at most 125 bytes, to be answered with a pong of the same payload.
    Ping(&'a [u8]),
    /// A pong of at most 125 bytes.
    Pong(&'a [u8]),
    /// The peer's end of the stream, to be answered with a close frame of the same payload: nothing, or a code and a reason. Nothing is to be read after it.
    Close(&'a [u8]),
}

/// Reads the frames of one connection.
///
/// What arrives whole is borrowed from the input; only what is unfinished is kept, and that grows with the bytes that
/// arrived, never with a length that was only announced. Between messages a reader owns no memory of the heap.
///
/// ```
/// use websocket::{Message, Reader};
///
/// let mut bytes = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
/// let mut input = &mut bytes[..];
/// let mut reader = Reader::new();
/// assert_eq!(reader.next(&mut input, 1_000_000), Ok(Some(Message::Text("Hello"))));
/// assert_eq!(reader.next(&mut input, 1_000_000), Ok(None));
/// ```
#[derive(Debug, Default)]
pub struct Reader {
    unfinished: Option<Box<Unfinished>>,
}

/// What has arrived of a frame or of a fragmented message.
#[derive(Debug, Default)]
struct Unfinished {
    head: [u8; MAX_CLIENT_HEADER],
    head_bytes: usize,
    /// The frame whose payload is incomplete: its length is what is missing, its mask begins with the next byte's.
    frame: Option<Header>,
    /// The payload of that frame if it is a control frame.
    control: Vec<u8>,
    message: Option<Fragments>,
    /// What the last call has lent out.
    lent: Option<Lent>,
}

/// A message whose frames are incomplete.
#[derive(Debug)]
struct Fragments {
    body: Body,
    count: usize,
}

#[derive(Debug)]
enum Body {
    Text(PartialText),
    Binary(Vec<u8>),
}

/// A whole message that was not whole in one input.
#[derive(Debug)]
enum Lent {
    Text(String),
    Bytes(Opcode, Vec<u8>),
}

/// What a fragment is charged, whatever its size, so that a message of empty ones ends too.
const FRAGMENT_BYTES: usize = 8;

/// What a message's fragments may be charged even when its limit is smaller: a message that small may be fragmented as well.
const MIN_FRAGMENTS_BYTES: usize = 64 * 1024;

impl Reader {
    /// A reader at the start of a connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes from the front of `input` until one message is whole. None: all of it is consumed, and more is needed.
    ///
    /// To be called until it returns None before more is read: only then is what the last message occupied given back. A
    /// data message has at most `max_message_bytes`, and about one fragment for every eight bytes of that (of 64 KiB where
    /// the limit is smaller).
    ///
    /// # Errors
    /// The client's mistake. The messages before it have been returned; close the connection with
    /// [`Error::close_code`] and drop the reader.
    pub fn next<'m, 'b: 'm>(
        &'m mut self,
        input: &mut &'b mut [u8],
        max_message_bytes: usize,
    ) -> Result<Option<Message<'m>>, Error> {
        self.free_lent();
        loop {
            if self.unfinished.as_ref().is_none_or(|unfinished| unfinished.frame.is_none()) {
                let Some(header) = self.take_header(input)? else { return Ok(None) };
                self.check(&header, max_message_bytes)?;
                if let Some(payload) = take_whole(&header, input) {
                    return message(header.opcode, payload).map(Some);
                }
                self.unfinished.get_or_insert_default().begin(header);
            }
            let unfinished = self.unfinished.get_or_insert_default();
            if !unfinished.take_payload(input)? {
                return Ok(None);
            }
            if unfinished.end_frame()? {
                break;
            }
        }
        let lent = self.unfinished.as_ref().and_then(|unfinished| unfinished.lent.as_ref());
        lent.map(Lent::as_message).transpose()
    }

    fn free_lent(&mut self) {
        let Some(unfinished) = &mut self.unfinished else { return };
        unfinished.lent = None;
        if unfinished.is_idle() {
            self.unfinished = None;
        }
    }

    /// The next frame's head; what is there of an incomplete one is kept.
    fn take_header(&mut self, input: &mut &mut [u8]) -> Result<Option<Header>, Error> {
        let held = self.unfinished.as_ref().map_or(0, |unfinished| unfinished.head_bytes);
        if held == 0
            && let Some((header, size)) = Header::parse(input)?
        {
            take(input, size);
            return Ok(Some(header));
        }
        if input.is_empty() {
            return Ok(None);
        }
        let Unfinished { head, head_bytes, .. } = &mut **self.unfinished.get_or_insert_default();
        let added = input.len().min(MAX_CLIENT_HEADER - held);
        head[held..held + added].copy_from_slice(&input[..added]);
        if let Some((header, size)) = Header::parse(&head[..held + added])? {
            *head_bytes = 0;
            take(input, size - held);
            return Ok(Some(header));
        }
        *head_bytes += added;
        take(input, added);
        Ok(None)
    }

    /// The rules that the frames before it add to those of the head alone.
    fn check(&self, header: &Header, max_message_bytes: usize) -> Result<(), Error> {
        if header.opcode.is_control() {
            return Ok(());
        }
        let message = self.unfinished.as_ref().and_then(|unfinished| unfinished.message.as_ref());
        match message {
            None if header.opcode == Opcode::Continuation => {
                return Err(Error::UnexpectedContinuation);
            }
            Some(_) if header.opcode != Opcode::Continuation => {
                return Err(Error::UnfinishedMessage);
            }
            _ => {}
        }
        let (held, count) = message.map_or((0, 0), |message| (message.body.len(), message.count));
        let free = max_message_bytes.saturating_sub(held);
        let fits = usize::try_from(header.payload_len).is_ok_and(|length| length <= free);
        let budget = max_message_bytes.max(MIN_FRAGMENTS_BYTES);
        if fits && count.saturating_mul(FRAGMENT_BYTES) <= budget {
            Ok(())
        } else {
            Err(Error::TooBig { limit: max_message_bytes })
        }
    }
}

impl Unfinished {
    fn begin(&mut self, header: Header) {
        self.frame = Some(header);
        if header.opcode.is_control() {
            return;
        }
        let new = || Fragments { body: Body::new(header.opcode), count: 0 };
        self.message.get_or_insert_with(new).count += 1;
    }

    /// Takes what the input has of the frame's payload; whether it is complete.
    fn take_payload(&mut self, input: &mut &mut [u8]) -> Result<bool, Error> {
        let Some(frame) = &mut self.frame else { return Ok(false) };
        let missing = usize::try_from(frame.payload_len).unwrap_or(usize::MAX);
        let payload = take(input, missing.min(input.len()));
        mask::apply(payload, frame.mask);
        frame.mask.rotate_left(payload.len() % 4);
        frame.payload_len -= payload.len() as u64;
        if frame.opcode.is_control() {
            self.control.extend_from_slice(payload);
        } else if let Some(message) = &mut self.message {
            message.body.push(payload)?;
        }
        Ok(frame.payload_len == 0)
    }

    /// The frame is complete; whether that completes a message, which is then in `lent`.
    fn end_frame(&mut self) -> Result<bool, Error> {
        let Some(Header { opcode, fin, .. }) = self.frame.take() else { return Ok(false) };
        if opcode.is_control() {
            self.lent = Some(Lent::Bytes(opcode, std::mem::take(&mut self.control)));
        } else if fin {
            let message = self.message.take();
            self.lent = message.map(|message| message.body.finish()).transpose()?;
        }
        Ok(self.lent.is_some())
    }

    fn is_idle(&self) -> bool {
        self.head_bytes == 0 && self.frame.is_none() && self.message.is_none()
    }
}

impl Body {
    fn new(opcode: Opcode) -> Self {
        match opcode {
            Opcode::Text => Self::Text(PartialText::default()),
            _ => Self::Binary(Vec::new()),
        }
    }

    fn push(&mut self, payload: &[u8]) -> Result<(), Error> {
        match self {
            Self::Text(text) => text.push(payload),
            Self::Binary(bytes) => {
                bytes.extend_from_slice(payload);
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<Lent, Error> {
        match self {
            Self::Text(text) => text.finish().map(Lent::Text),
            Self::Binary(bytes) => Ok(Lent::Bytes(Opcode::Binary, bytes)),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

impl Lent {
    fn as_message(&self) -> Result<Message<'_>, Error> {
        match self {
            Self::Text(text) => Ok(Message::Text(text)),
            Self::Bytes(opcode, bytes) => message(*opcode, bytes),
        }
    }
}

/// The payload of a frame that is a message alone and whole in the input: unmasked in place, without a copy.
fn take_whole<'b>(header: &Header, input: &mut &'b mut [u8]) -> Option<&'b [u8]> {
    let alone = header.fin && header.opcode != Opcode::Continuation;
    let length = usize::try_from(header.payload_len).ok()?;
    if !alone || input.len() < length {
        return None;
    }
    let payload = take(input, length);
    mask::apply(payload, header.mask);
    Some(payload)
}

/// The message that a whole payload is.
fn message(opcode: Opcode, payload: &[u8]) -> Result<Message<'_>, Error> {
    Ok(match opcode {
        Opcode::Text => {
            Message::Text(simdutf8::basic::from_utf8(payload).map_err(|_| Error::InvalidUtf8)?)
        }
        Opcode::Binary | Opcode::Continuation => Message::Binary(payload),
        Opcode::Ping => Message::Ping(payload),
        Opcode::Pong => Message::Pong(payload),
        Opcode::Close => {
            close::check(payload)?;
            Message::Close(payload)
        }
    })
}

/// Takes `length` bytes from the front.
fn take<'b>(input: &mut &'b mut [u8], length: usize) -> &'b mut [u8] {
    let (taken, rest) = std::mem::take(input).split_at_mut(length);
    *input = rest;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads what must not complete a message.
    fn feed(reader: &mut Reader, bytes: &[u8]) {
        assert_eq!(reader.next(&mut &mut bytes.to_vec()[..], 1 << 20), Ok(None));
    }

    /// What the buffer of the unfinished binary message could hold.
    fn held_capacity(reader: &Reader) -> usize {
        let message = reader.unfinished.as_ref().and_then(|unfinished| unfinished.message.as_ref());
        match message.map(|message| &message.body) {
            Some(Body::Binary(bytes)) => bytes.capacity(),
            other => panic!("no binary message: {other:?}"),
        }
    }

    #[test]
    fn an_idle_reader_is_one_pointer_and_owns_nothing() {
        assert_eq!(size_of::<Reader>(), size_of::<usize>());
        let mut reader = Reader::new();
        let joined = [b"\x01\x81\0\0\0\0a\x89\x81\0\0", &b"\0\0p\x80\x81\0\0\0\0b"[..]];
        let mut messages = 0;
        for part in joined {
            let mut bytes = part.to_vec();
            let mut input = &mut bytes[..];
            while reader.next(&mut input, 1 << 20).expect("a good stream").is_some() {
                messages += 1;
            }
        }
        assert_eq!(messages, 2);
        assert!(reader.unfinished.is_none());
    }

    #[test]
    fn whole_frames_are_borrowed_from_the_input() {
        for first in [0x81, 0x82, 0x89, 0x8a] {
            let mut bytes = [first, 0x83, 0, 0, 0, 0, b'a', b'b', b'c'];
            let payload = bytes[6..].as_ptr();
            let mut reader = Reader::new();
            let taken = match reader.next(&mut &mut bytes[..], 3) {
                Ok(Some(Message::Text(text))) => text.as_bytes(),
                Ok(Some(Message::Binary(taken) | Message::Ping(taken) | Message::Pong(taken))) => {
                    taken
                }
                other => panic!("{other:?}"),
            };
            assert_eq!((taken.as_ptr(), taken), (payload, &b"abc"[..]));
            assert!(reader.unfinished.is_none());
        }
    }

    #[test]
    fn v39_announced_lengths_allocate_nothing() {
        let mut reader = Reader::new();
        feed(&mut reader, &[0x82, 0xff, 0, 0, 0, 0, 0, 16, 0, 0]);
        feed(&mut reader, &[0; 4]);
        assert!(held_capacity(&reader) == 0);
        feed(&mut reader, b"x");
        assert!(held_capacity(&reader) <= 64, "one byte has arrived of 1 MiB");
    }

    #[test]
    fn v35_empty_fragments_hold_nothing() {
        let mut reader = Reader::new();
        feed(&mut reader, &[0x02, 0x80, 0, 0, 0, 0]);
        feed(&mut reader, &[0x00, 0x80, 0, 0, 0, 0].repeat(100_000));
        assert_eq!(held_capacity(&reader), 0);
    }
}
