//! What a session has not sent of earlier batches: runs of whole frames, shared with other sessions or copied.

use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;

use websocket::Frames;

/// Below this many bytes a copy costs less than what it takes to share them.
const SHARE_MIN: usize = 256;
/// Copies are gathered in chunks up to this size.
const CHUNK: usize = 64 * 1024;

/// Frames in their order. It is never empty: a session without any has no backlog.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    pub(crate) chunks: VecDeque<Chunk>,
    pub(crate) bytes: usize,
}

/// Whole frames.
#[derive(Debug)]
pub(crate) struct Chunk {
    bytes: Bytes,
    range: Range<usize>,
}

#[derive(Debug)]
enum Bytes {
    Own(Vec<u8>),
    Shared(Rc<[u8]>),
}

impl Backlog {
    /// Keeps ranges of the arena, `bytes` bytes in all, beyond it.
    ///
    /// They are shared by reference when they are at least half of the arena, so that a chunk never holds more than twice its bytes; else they are copied.
    pub(crate) fn keep(
        &mut self,
        ranges: impl Iterator<Item = Range<u32>>,
        bytes: usize,
        arena: &[u8],
        shared: &mut Option<Rc<[u8]>>,
    ) {
        self.bytes += bytes;
        let is_shared = bytes >= SHARE_MIN && bytes * 2 >= arena.len();
        for range in ranges {
            let range = range.start as usize..range.end as usize;
            if is_shared {
                let bytes = Bytes::Shared(Rc::clone(shared.get_or_insert_with(|| arena.into())));
                self.chunks.push_back(Chunk { bytes, range });
            } else {
                self.copy(&arena[range]);
            }
        }
    }

    /// Takes away the whole frames among the first `written` bytes; what of them is left belongs to a frame that is written in part.
    pub(crate) fn wrote(&mut self, written: usize) -> usize {
        let mut left = written;
        while let Some(chunk) = self.chunks.front_mut() {
            let whole = whole_frames(chunk.as_slice(), left);
            chunk.range.start += whole;
            self.bytes -= whole;
            left -= whole;
            if !chunk.range.is_empty() {
                break;
            }
            self.chunks.pop_front();
        }
        left
    }

    fn copy(&mut self, frames: &[u8]) {
        if let Some(Chunk { bytes: Bytes::Own(bytes), range }) = self.chunks.back_mut()
            && bytes.len() + frames.len() <= CHUNK
        {
            bytes.extend_from_slice(frames);
            range.end = bytes.len();
            return;
        }
        let range = 0..frames.len();
        self.chunks.push_back(Chunk { bytes: Bytes::Own(frames.to_vec()), range });
    }
}

impl Chunk {
    pub(crate) fn as_slice(&self) -> &[u8] {
        let bytes = match &self.bytes {
            Bytes::Own(bytes) => bytes.as_slice(),
            Bytes::Shared(bytes) => bytes,
        };
        &bytes[self.range.clone()]
    }
}

/// How many of the first `written` bytes belong to frames that are written to their end.
pub(crate) fn whole_frames(frames: &[u8], written: usize) -> usize {
    if written >= frames.len() {
        return frames.len();
    }
    let mut walk = Frames::new(frames);
    let mut whole = 0;
    while walk.next().is_some() && walk.offset() <= written {
        whole = walk.offset();
    }
    whole
}
