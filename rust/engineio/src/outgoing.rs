//! What a session has not sent yet, as WebSocket frames: this batch's, which lie in the arena that all sessions share, and those of before.

use std::io::IoSlice;
use std::ops::Range;
use std::rc::Rc;

use smallvec::SmallVec;
use websocket::Frames;

use crate::backlog::{Backlog, Chunk, whole_frames};
use crate::payload;

/// The most slices that one write is given; systems take 1,024, and more than this gains nothing.
const MAX_SLICES: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    backlog: Option<Box<Backlog>>,
    fresh: SmallVec<[Range<u32>; 2]>,
    fresh_bytes: u32,
    /// How much of the first frame has been written.
    head_written: u32,
    /// Stands in the list of sessions to be written.
    pub(crate) is_listed: bool,
    /// A write of this batch's frames was asked for.
    is_tried: bool,
    pong: Pong,
}

/// A pong that is not sent yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pong {
    #[default]
    None,
    Fresh,
    Blocked,
}

impl Outgoing {
    /// Appends a range of whole frames in the arena.
    pub(crate) fn push(&mut self, range: Range<u32>) {
        self.fresh_bytes += range.end - range.start;
        match self.fresh.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ if range.is_empty() => {}
            _ => self.fresh.push(range),
        }
    }

    /// Notes that what was pushed is a pong.
    pub(crate) fn note_pong(&mut self) {
        if self.pong == Pong::None {
            self.pong = Pong::Fresh;
        }
    }

    /// Notes that the connection is being written to: what it leaves is more than it can take.
    pub(crate) fn note_try(&mut self) {
        self.is_tried = true;
    }

    /// Counts `written` bytes from the front as sent.
    pub(crate) fn wrote(&mut self, arena: &[u8], written: usize) {
        let mut left = self.head_written as usize + written;
        if let Some(backlog) = &mut self.backlog {
            left = backlog.wrote(left);
            if backlog.chunks.is_empty() {
                self.backlog = None;
                if self.pong == Pong::Blocked {
                    self.pong = Pong::None;
                }
            }
        }
        if self.backlog.is_none() {
            left = self.wrote_fresh(arena, left);
        }
        if self.is_empty() {
            debug_assert_eq!(left, 0, "more bytes written than were queued");
            (self.head_written, self.is_tried) = (0, false);
        } else {
            self.head_written = u32::try_from(left).expect("less than a frame of the arena");
        }
    }

    /// As [`Backlog::wrote`].
    fn wrote_fresh(&mut self, arena: &[u8], written: usize) -> usize {
        let mut left = written;
        let mut gone = 0;
        for range in &mut self.fresh {
            let whole = whole_frames(&arena[range.start as usize..range.end as usize], left);
            let bytes = u32::try_from(whole).expect("ranges of the arena are u32");
            range.start += bytes;
            self.fresh_bytes -= bytes;
            left -= whole;
            if range.start < range.end {
                break;
            }
            gone += 1;
        }
        self.fresh.drain(..gone);
        left
    }

    /// Takes packets for the body of a poll; nothing when there are none.
    pub(crate) fn take_payload(&mut self, arena: &[u8], limit: usize) -> Option<Vec<u8>> {
        if self.is_empty() {
            return None;
        }
        let mut body = Vec::new();
        let mut taken = 0;
        'parts: for part in self.parts(arena) {
            let mut frames = Frames::new(part);
            let mut end = 0;
            while let Some((opcode, content)) = frames.next() {
                if !payload::append(&mut body, opcode, content, limit) {
                    taken += end;
                    break 'parts;
                }
                end = frames.offset();
            }
            taken += end;
        }
        self.wrote(arena, taken);
        Some(body)
    }

    /// Ends the batch: what is left of the arena is kept beyond it.
    pub(crate) fn end_batch(&mut self, arena: &[u8], shared: &mut Option<Rc<[u8]>>) {
        self.pong = match self.pong {
            Pong::Fresh | Pong::Blocked if !self.is_empty() => Pong::Blocked,
            _ => Pong::None,
        };
        self.is_tried = false;
        let bytes = std::mem::take(&mut self.fresh_bytes) as usize;
        if bytes > 0 {
            let backlog = self.backlog.get_or_insert_default();
            backlog.keep(self.fresh.drain(..), bytes, arena, shared);
        }
        self.fresh.shrink_to_fit();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.backlog.is_none() && self.fresh_bytes == 0
    }

    /// Whether a pong may be queued: none is, or only some of this batch.
    pub(crate) fn takes_pong(&self) -> bool {
        self.pong != Pong::Blocked
    }

    /// Whether the connection is known to take nothing more: something is left from before this batch, or of a write.
    pub(crate) fn is_blocked(&self) -> bool {
        let is_left = self.is_tried && self.fresh_bytes > 0;
        is_left || self.backlog.is_some() || self.head_written > 0
    }

    /// Unsent bytes from before this batch.
    pub(crate) fn backlog_bytes(&self) -> usize {
        self.backlog.as_ref().map_or(0, |backlog| backlog.bytes - self.head_written as usize)
    }

    /// Unsent bytes of this batch.
    pub(crate) fn fresh_bytes(&self) -> usize {
        let written = if self.backlog.is_none() { self.head_written } else { 0 };
        (self.fresh_bytes - written) as usize
    }

    /// What is to be written next, in order.
    pub(crate) fn slices<'a>(&'a self, arena: &'a [u8], into: &mut SmallVec<[IoSlice<'a>; 8]>) {
        let mut skip = self.head_written as usize;
        for part in self.parts(arena).take(MAX_SLICES) {
            into.push(IoSlice::new(&part[std::mem::take(&mut skip)..]));
        }
    }

    /// Appends all that is unsent.
    pub(crate) fn copy_to(&self, arena: &[u8], out: &mut Vec<u8>) {
        let mut skip = self.head_written as usize;
        for part in self.parts(arena) {
            out.extend_from_slice(&part[std::mem::take(&mut skip)..]);
        }
    }

    /// Runs of whole frames; of the first frame, [`Self::head_written`] bytes are sent.
    fn parts<'a>(&'a self, arena: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let chunks = self.backlog.iter().flat_map(|backlog| &backlog.chunks).map(Chunk::as_slice);
        let fresh = self.fresh.iter();
        chunks.chain(fresh.map(|range| &arena[range.start as usize..range.end as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{MESSAGE, write_binary, write_text};

    struct Batch {
        arena: Vec<u8>,
        outgoing: Outgoing,
    }

    impl Batch {
        fn new() -> Self {
            Self { arena: Vec::new(), outgoing: Outgoing::default() }
        }

        fn range(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Range<u32> {
            let start = u32::try_from(self.arena.len()).unwrap();
            write(&mut self.arena);
            start..u32::try_from(self.arena.len()).unwrap()
        }

        fn text(&mut self, data: &str) {
            let range = self.range(|out| write_text(out, MESSAGE, data));
            self.outgoing.push(range);
        }

        fn gap(&mut self) {
            self.range(|out| write_text(out, MESSAGE, "of another session"));
        }

        fn end(&mut self) -> bool {
            let mut shared = None;
            self.outgoing.end_batch(&self.arena, &mut shared);
            self.arena.clear();
            shared.is_some()
        }

        fn unsent(&self) -> Vec<u8> {
            let mut slices = SmallVec::new();
            self.outgoing.slices(&self.arena, &mut slices);
            let sliced: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
            let mut copied = Vec::new();
            self.outgoing.copy_to(&self.arena, &mut copied);
            assert_eq!(copied, sliced);
            assert_eq!(sliced.len(), self.outgoing.backlog_bytes() + self.outgoing.fresh_bytes());
            assert_eq!(sliced.is_empty(), self.outgoing.is_empty());
            sliced
        }
    }

    #[test]
    fn adjacent_ranges_merge() {
        let mut batch = Batch::new();
        batch.text("a");
        batch.text("b");
        batch.gap();
        batch.text("c");
        assert_eq!(batch.outgoing.fresh.len(), 2);
        assert_eq!(batch.unsent(), b"\x81\x024a\x81\x024b\x81\x024c");
    }

    #[test]
    fn whatever_the_sizes_of_writes_and_batches_the_bytes_come_out_in_order() {
        for write in 1..40 {
            let mut batch = Batch::new();
            let mut expected = Vec::new();
            let mut sent = Vec::new();
            for round in 0..12 {
                batch.gap();
                for data in ["", "b", &"c".repeat(300 * (round % 2)), "d"] {
                    batch.text(data);
                    write_text(&mut expected, MESSAGE, data);
                }
                let unsent = batch.unsent();
                let written = write.min(unsent.len());
                sent.extend_from_slice(&unsent[..written]);
                batch.outgoing.wrote(&batch.arena, written);
                assert_eq!(batch.unsent(), unsent[written..]);
                batch.end();
                assert_eq!(batch.unsent(), unsent[written..]);
            }
            let rest = batch.unsent();
            sent.extend_from_slice(&rest);
            batch.outgoing.wrote(&[], rest.len());
            assert_eq!(sent, expected);
            assert!(batch.outgoing.is_empty() && batch.outgoing.backlog.is_none());
        }
    }

    #[test]
    fn much_of_the_arena_is_shared_and_little_of_it_copied() {
        let mut batch = Batch::new();
        batch.text(&"a".repeat(300));
        assert!(batch.end());
        batch.range(|out| write_binary(out, &[0; 400]));
        batch.text(&"b".repeat(300));
        assert!(!batch.end());
        batch.text("small");
        assert!(!batch.end());
        assert_eq!(batch.outgoing.backlog.as_ref().unwrap().chunks.len(), 2);
    }

    #[test]
    fn a_poll_takes_packets_up_to_its_limit() {
        let mut batch = Batch::new();
        batch.text("before");
        batch.end();
        batch.text("x");
        batch.gap();
        let range = batch.range(|out| write_binary(out, b"abc"));
        batch.outgoing.push(range);
        batch.text("end");
        let mut take = |limit| batch.outgoing.take_payload(&batch.arena, limit);
        assert_eq!(take(10).unwrap(), b"4before\x1e4x");
        assert_eq!(take(1).unwrap(), b"bYWJj");
        assert_eq!(take(100).unwrap(), b"4end");
        assert_eq!(take(100), None);
    }

    #[test]
    fn a26_one_pong_waits_while_the_peer_does_not_read() {
        let mut batch = Batch::new();
        for _ in 0..2 {
            assert!(batch.outgoing.takes_pong());
            batch.text("stands for a pong");
            batch.outgoing.note_pong();
        }
        batch.outgoing.wrote(&batch.arena, 1);
        batch.end();
        assert!(!batch.outgoing.takes_pong());
        batch.end();
        assert!(!batch.outgoing.takes_pong());
        let unsent = batch.unsent().len();
        batch.outgoing.wrote(&[], unsent);
        assert!(batch.outgoing.takes_pong());
    }
}
