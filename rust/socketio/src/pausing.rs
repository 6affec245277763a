//! Row 5: a client that has as many events waiting as it may is not read until there are fewer.

use engineio::{CloseReason, SessionKey, Time};

use crate::exchange::Output;
use crate::hub::Hub;
use crate::limits::Load;
use crate::notices::Notice;
use crate::stats::Limit;

impl Hub {
    /// An event of `bytes` was queued: pauses the client's reads at the bounds.
    pub(crate) fn count(&mut self, session: SessionKey, bytes: usize, now: Time) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let own = client.conn.events.queued(bytes);
        let all = client.conn.all_events.queued(bytes);
        // Those who have no more than their share are not held back by what others have.
        let share = self.config.limits.total.share(self.sessions.len());
        let (bound, limits) = if all.reaches(self.config.limits.total) && own.reaches(share) {
            (share, [Limit::MaxTotalPendingEvents, Limit::MaxTotalPendingEventBytes])
        } else if own.reaches(self.own_events) {
            (self.own_events, [Limit::MaxPendingEvents, Limit::MaxPendingEventBytes])
        } else {
            return;
        };
        if client.conn.acks_awaited() > 0 {
            return self.count_asked(session, own, all, bytes, now);
        }
        if client.conn.events.pause(bound) {
            client.paused = true;
            self.reached(limits[usize::from(own.events < bound.events)]);
            self.sessions.set_paused(session, true, now);
        }
    }

    /// The same for a client whose answer is awaited, which may not pause: closes it at the harder bounds.
    fn count_asked(&mut self, session: SessionKey, own: Load, all: Load, bytes: usize, now: Time) {
        let limits = &self.config.limits;
        // Measured before this event, so that one larger one passes.
        let before = Load { events: own.events - 1, bytes: own.bytes - bytes };
        let share = limits.total_asked.share(self.sessions.len());
        let reached = if before.reaches(limits.asked) {
            let names = [Limit::MaxPendingEventsAsked, Limit::MaxPendingEventBytesAsked];
            names[usize::from(before.events < limits.asked.events)]
        } else if all.reaches(limits.total_asked) && own.reaches(share) {
            let names = [Limit::MaxTotalPendingEventsAsked, Limit::MaxTotalPendingEventBytesAsked];
            names[usize::from(all.events < limits.total_asked.events)]
        } else {
            return;
        };
        self.reached(reached);
        let Load { events, bytes } = before;
        let text = format_args!(
            "closed a connection with {events} events of {bytes} bytes waiting while the server awaits its answer"
        );
        self.log(Notice::TooManyEvents, text, now);
        self.sessions.expel(session, CloseReason::ForcedClose, now);
    }

    /// Resumes a client's reads, if they are paused.
    pub(crate) fn resume(&mut self, session: SessionKey, now: Time) {
        let client = self.clients.get_mut(session);
        if !client.is_some_and(|client| std::mem::take(&mut client.paused)) {
            return;
        }
        self.sessions.set_paused(session, false, now);
        let connection = self.sessions.connection(session);
        self.outputs.extend(connection.map(|connection| Output::Resume { connection }));
        self.read_rest(session, now);
        self.read_carried(session, now);
    }
}
