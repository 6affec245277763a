//! Row 4: a binary packet whose attachments still come in.

use std::ops::Range;

use engineio::Time;

use crate::event::Attachments;

/// The text of a binary packet and the attachments that have arrived.
#[derive(Debug)]
pub(crate) struct Reassembly {
    text: Box<str>,
    expected: usize,
    arrived: Vec<Box<[u8]>>,
    /// When the last part of it came.
    pub(crate) since: Time,
}

/// A packet with all its attachments.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) text: Box<str>,
    pub(crate) attachments: Attachments,
}

impl Reassembly {
    /// Waits for `expected` attachments (at least one) of the packet `text`.
    pub(crate) fn new(text: &str, expected: usize, now: Time) -> Self {
        Self { text: text.into(), expected, arrived: Vec::new(), since: now }
    }

    /// Takes one attachment; the whole packet with the last one.
    pub(crate) fn take(
        mut self: Box<Self>,
        attachment: &[u8],
        now: Time,
    ) -> Result<Whole, Box<Self>> {
        self.arrived.push(attachment.into());
        self.since = now;
        if self.arrived.len() < self.expected {
            return Err(self);
        }
        Ok(Whole { text: self.text, attachments: Some(self.arrived.into_boxed_slice()) })
    }
}

/// The bytes that a packet's data and attachments weigh in the queue to the loop.
pub(crate) fn weight(data: &Range<u32>, attachments: &Attachments) -> usize {
    let attached = attachments.as_deref().unwrap_or_default().iter().map(|bytes| bytes.len());
    data.len() + attached.sum::<usize>()
}
