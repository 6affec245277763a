//! What the operator is told of. Clients can cause these lines, so each kind comes at most once a second.

use std::fmt;
use std::time::Duration;

use engineio::Time;

use crate::event::{Level, Log};

const INTERVAL: Duration = Duration::from_secs(1);

/// The kinds of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    BadFrame,
    BadPacket,
    Breach,
    Silent,
    PingTimeout,
    SlowConsumer,
    TooManyEvents,
    LargeBody,
    OldProtocol,
    Unanswered,
    WrongPath,
    ForeignOrigin,
    /// Told once.
    ForeignCookie,
    NoAccept,
    InternalError,
}

const KINDS: usize = Notice::InternalError as usize + 1;

impl Notice {
    fn level(self) -> Level {
        match self {
            Self::PingTimeout => Level::Info,
            Self::NoAccept | Self::InternalError => Level::Error,
            _ => Level::Warning,
        }
    }
}

/// When a kind had its last line, and how many it has left out since.
#[derive(Clone, Copy, Debug, Default)]
struct Kind {
    told: Option<Time>,
    left_out: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Notices {
    kinds: [Kind; KINDS],
}

impl Notices {
    /// The line, unless its kind has had one within the last second.
    pub(crate) fn line(
        &mut self,
        notice: Notice,
        text: impl fmt::Display,
        now: Time,
    ) -> Option<Log> {
        let kind = &mut self.kinds[notice as usize];
        let interval = if notice == Notice::ForeignCookie { Duration::MAX } else { INTERVAL };
        if kind.told.is_some_and(|told| now.since(told) < interval) {
            kind.left_out = kind.left_out.saturating_add(1);
            return None;
        }
        kind.told = Some(now);
        let text = match std::mem::take(&mut kind.left_out) {
            0 => text.to_string(),
            count => format!("{text} (and {count} times since the last such line)"),
        };
        Some(Log { level: notice.level(), text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_line_a_second_and_counts_the_others() {
        let mut notices = Notices::default();
        let mut line = |notice, millis| {
            notices.line(notice, "it happened", Time(millis)).map(|log| (log.level, log.text))
        };
        assert_eq!(line(Notice::BadPacket, 0), Some((Level::Warning, "it happened".into())));
        assert_eq!(line(Notice::BadPacket, 999), None);
        assert_eq!(line(Notice::BadPacket, 999), None);
        assert_eq!(line(Notice::InternalError, 999), Some((Level::Error, "it happened".into())));
        let counted = "it happened (and 2 times since the last such line)";
        assert_eq!(line(Notice::BadPacket, 1_000), Some((Level::Warning, counted.into())));
        assert_eq!(line(Notice::BadPacket, 2_000), Some((Level::Warning, "it happened".into())));
        assert!(line(Notice::ForeignCookie, 0).is_some());
        assert_eq!(line(Notice::ForeignCookie, u64::MAX), None, "it is told once");
    }
}
