//! What the tasks of the I/O thread share: the hub, the connections, and the end of each batch.

use std::any::Any;
use std::cell::{Cell, RefCell, RefMut};
use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use engineio::{
    ConnectionId, Output as EngineOutput, RequestId, Response, SessionKey, Table, Time,
};
use socketio::{Config, Event, EventSink, Front, Hub, Level, Limit, Limits, Log, Output, Verdict};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::{oneshot, watch};

use crate::answer::Date;
use crate::connection::{Awaited, Connection};
use crate::stream::Stream;

/// How many drivers there were: each numbers its requests in a range of its own, as answers to them may come late.
static SERVED: AtomicU64 = AtomicU64::new(0);

/// One read takes at most so many bytes; all connections read into the same buffer.
pub(crate) const READ_BYTES: usize = 64 * 1024;

/// The I/O thread's state. Its tasks use it one after the other, never across an await.
pub(crate) struct Driver {
    pub(crate) hub: RefCell<Hub>,
    pub(crate) limits: Limits,
    pub(crate) front: Arc<Front>,
    /// The largest message of a client.
    pub(crate) max_message_bytes: usize,
    /// The application is asked before a session is opened, and how long it may take.
    pub(crate) asks: bool,
    pub(crate) hook_timeout: Duration,
    /// Upgrades are taken; else they are plain requests.
    pub(crate) takes_upgrades: bool,
    /// Preflights are answered under the engine's path, for the bundles too.
    pub(crate) has_cors: bool,
    /// How long a client that has hung up while it was paused may take to be resumed.
    pub(crate) hang_up_grace: Duration,
    /// How long the peer of a connection may acknowledge nothing.
    pub(crate) silence: Duration,
    /// Tells all tasks to end, and by its receivers whether any is left.
    pub(crate) ending: watch::Sender<bool>,
    sink: Arc<dyn EventSink>,
    began: Instant,
    pub(crate) date: RefCell<Date>,
    scratch: RefCell<Box<[u8]>>,
    connections: RefCell<Table<Option<Rc<Connection>>>>,
    /// Requests that the hub answers later; None: the request is dropped.
    waiting: RefCell<HashMap<RequestId, oneshot::Sender<Option<Response>>>>,
    /// Requests that the application is to allow.
    asked: RefCell<HashMap<RequestId, oneshot::Sender<Verdict>>>,
    next_request: Cell<u64>,
    /// The task that ends batches, and whether it was woken.
    tail: RefCell<Option<Waker>>,
    tail_woken: Cell<bool>,
    stopped: Cell<bool>,
}

impl Driver {
    pub(crate) fn new(config: Config, front: Arc<Front>, sink: Arc<dyn EventSink>) -> Self {
        Self {
            limits: config.limits,
            front: Arc::clone(&front),
            max_message_bytes: config.engine.max_http_buffer_size,
            asks: config.engine.asks,
            hook_timeout: config.hook_timeout,
            takes_upgrades: config.engine.transports.websocket,
            has_cors: config.engine.cors.is_some(),
            hang_up_grace: config.engine.ping_timeout,
            silence: config.engine.ping_interval + config.engine.ping_timeout,
            hub: RefCell::new(Hub::new(config, front)),
            ending: watch::Sender::new(false),
            sink,
            began: Instant::now(),
            date: RefCell::default(),
            scratch: RefCell::new(vec![0; READ_BYTES].into_boxed_slice()),
            connections: RefCell::default(),
            waiting: RefCell::default(),
            asked: RefCell::default(),
            next_request: Cell::new(SERVED.fetch_add(1, Relaxed) << 40),
            tail: RefCell::new(None),
            tail_woken: Cell::new(false),
            stopped: Cell::new(false),
        }
    }

    /// Milliseconds since the thread began.
    pub(crate) fn now(&self) -> Time {
        Time(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn instant(&self, time: Time) -> Instant {
        self.began + Duration::from_millis(time.0)
    }

    /// Whether a request target is the engine's.
    pub(crate) fn owns(&self, target: &str) -> bool {
        self.hub.borrow().owns(target)
    }

    /// Reads into the shared buffer: what came, nothing at the end of the stream.
    pub(crate) fn poll_read(
        &self,
        stream: &mut Stream,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<RefMut<'_, [u8]>>> {
        let mut scratch = self.scratch.borrow_mut();
        let mut buffer = ReadBuf::new(&mut scratch);
        ready!(Pin::new(stream).poll_read(cx, &mut buffer))?;
        let length = buffer.filled().len();
        Poll::Ready(Ok(RefMut::map(scratch, |scratch| &mut scratch[..length])))
    }

    /// Gives a connection its id before it exists.
    pub(crate) fn reserve(&self) -> ConnectionId {
        ConnectionId(self.connections.borrow_mut().insert(None))
    }

    /// Puts a connection at the place of its id.
    pub(crate) fn install(&self, connection: Rc<Connection>) {
        if let Some(place) = self.connections.borrow_mut().get_mut(connection.id.0) {
            *place = Some(connection);
        }
    }

    /// Forgets a connection.
    pub(crate) fn release(&self, id: ConnectionId) {
        let connection = self.connections.borrow_mut().remove(id.0);
        if let Some(Some(connection)) = connection {
            connection.forget_task();
        }
    }

    /// Where the answer to a request of which the hub was told in this batch will come.
    pub(crate) fn expect_answer(&self, id: RequestId) -> oneshot::Receiver<Option<Response>> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().insert(id, sender);
        receiver
    }

    /// An id for a request.
    pub(crate) fn next_request(&self) -> RequestId {
        let id = RequestId(self.next_request.get());
        self.next_request.set(id.0 + 1);
        id
    }

    /// An id for a question to the application, and where the answer will come.
    pub(crate) fn expect_verdict(&self) -> (RequestId, oneshot::Receiver<Verdict>) {
        let id = self.next_request();
        let (sender, receiver) = oneshot::channel();
        self.asked.borrow_mut().insert(id, sender);
        (id, receiver)
    }

    /// No answer of the application is waited for any more.
    pub(crate) fn forget_verdict(&self, id: RequestId) {
        self.asked.borrow_mut().remove(&id);
    }

    /// No answer is waited for any more.
    pub(crate) fn forget_answer(&self, id: RequestId) {
        self.waiting.borrow_mut().remove(&id);
    }

    /// Works on the hub on behalf of a client, and has the batch ended. None: that panicked, and the client's session was ended.
    pub(crate) fn with_hub<T>(
        &self,
        session: Option<SessionKey>,
        work: impl FnOnce(&mut Hub, Time) -> T,
    ) -> Option<T> {
        let now = self.now();
        let result = catch_unwind(AssertUnwindSafe(|| work(&mut self.hub.borrow_mut(), now)));
        let result = result.map_err(|panic| self.panicked(session, panic.as_ref())).ok();
        self.wake_tail();
        result
    }

    /// Something failed that is nobody's mistake but ours: it costs one session, and a line in the log.
    fn panicked(&self, session: Option<SessionKey>, panic: &(dyn Any + Send)) {
        if let Some(session) = session {
            let now = self.now();
            return self.hub.borrow_mut().handle_panic(session, now);
        }
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown");
        self.log(format!("an internal error of the I/O thread: {text}"));
    }

    /// A bound was reached.
    pub(crate) fn reached(&self, limit: Limit) {
        self.front.stats().reached(limit);
    }

    pub(crate) fn log(&self, text: String) {
        let log = Event::Log(Log { level: Level::Error, text });
        self.hub.borrow_mut().take_events().events.push(log);
        self.wake_tail();
    }

    /// Has the batch ended, behind all tasks that are ready now.
    pub(crate) fn wake_tail(&self) {
        if !self.tail_woken.replace(true)
            && let Some(tail) = &*self.tail.borrow()
        {
            tail.wake_by_ref();
        }
    }

    /// From now on [`wake_tail`](Self::wake_tail) wakes the task that polls with `cx`.
    pub(crate) fn note_tail(&self, cx: &Context<'_>) {
        *self.tail.borrow_mut() = Some(cx.waker().clone());
    }

    /// Ends a batch: carries out the commands, writes to every connection that has something to be written, hands over the events. False: there is more to do at once.
    pub(crate) fn end_batch(&self) -> bool {
        self.tail_woken.set(false);
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let mut hub = self.hub.borrow_mut();
            while hub.handle_commands(self.now()) {
                self.carry_out(&mut hub);
            }
            self.carry_out(&mut hub);
            hub.end_batch();
            self.sink.push(hub.take_events());
            hub.park()
        }));
        // What failed was taken off its list before: it is not tried again.
        ended.unwrap_or_else(|panic| {
            self.panicked(None, panic.as_ref());
            false
        })
    }

    /// When [`handle_timeouts`](Self::handle_timeouts) has something to do.
    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.hub.borrow().next_timeout()
    }

    /// Does what is due.
    pub(crate) fn handle_timeouts(&self) {
        if self.next_timeout().is_some_and(|due| due <= self.now()) {
            self.with_hub(None, Hub::handle_timeout);
        }
    }

    /// All sessions are closed and nothing is taken any more.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.get()
    }

    /// Outputs in their order, and before what is to be written; writing may bring new ones.
    fn carry_out(&self, hub: &mut Hub) {
        loop {
            while let Some(output) = hub.poll_output() {
                self.perform(output, hub);
            }
            while let Some((_, id)) = hub.poll_write() {
                if let Some(connection) = self.connection(id) {
                    connection.flush(hub);
                }
            }
            // Polls are answered on the way, and a write that fails may end a session.
            let Some(output) = hub.poll_output() else { return };
            self.perform(output, hub);
        }
    }

    fn perform(&self, output: Output, hub: &mut Hub) {
        match output {
            Output::Engine(EngineOutput::Respond { request, response }) => {
                self.answer(request, Some(response));
            }
            Output::Engine(EngineOutput::AbortBody { request }) => self.answer(request, None),
            Output::Engine(EngineOutput::Write { connection, bytes }) => {
                if let Some(connection) = self.connection(connection) {
                    connection.push(&bytes);
                    connection.flush(hub);
                }
            }
            Output::Engine(EngineOutput::Close { connection, last }) => {
                if let Some(connection) = self.connection(connection) {
                    connection.close(&last, Awaited::CloseFrame);
                    connection.flush(hub);
                }
            }
            Output::Engine(EngineOutput::Abort { connection }) => {
                if let Some(connection) = self.connection(connection) {
                    connection.abort();
                }
            }
            Output::Verdict { request, verdict } => {
                if let Some(asked) = self.asked.borrow_mut().remove(&request) {
                    // Its client may have gone meanwhile.
                    let _ = asked.send(verdict);
                }
            }
            Output::Resume { connection } => {
                if let Some(connection) = self.connection(connection) {
                    connection.resume();
                }
            }
            Output::Stopped => self.stopped.set(true),
        }
    }

    fn connection(&self, id: ConnectionId) -> Option<Rc<Connection>> {
        self.connections.borrow().get(id.0)?.clone()
    }

    fn answer(&self, request: RequestId, response: Option<Response>) {
        if let Some(waiting) = self.waiting.borrow_mut().remove(&request) {
            // Its client may have gone meanwhile.
            let _ = waiting.send(response);
        }
    }
}

#[cfg(test)]
mod tests {
    use engineio::Request;
    use socketio::{Batch, Outcome, Wake};

    use super::*;

    struct Nobody;

    impl Wake for Nobody {
        fn wake(&self) {}
    }

    impl EventSink for Nobody {
        fn push(&self, batch: &mut Batch) {
            *batch = Batch::default();
        }
    }

    fn driver() -> Driver {
        let config = Config { connect_timeout: Duration::from_secs(1000), ..Config::default() };
        Driver::new(
            config,
            Arc::new(Front::new(Arc::new(Nobody), Limits::default())),
            Arc::new(Nobody),
        )
    }

    #[test]
    fn one_batch_answers_a_poll_with_what_a_timeout_has_brought() {
        let driver = driver();
        let get = |query: &str| {
            let id = driver.next_request();
            let answer = driver.expect_answer(id);
            let target = format!("/socket.io/?EIO=4&transport=polling{query}");
            let request = Request::new("GET", &target, "", false, []);
            (driver.hub.borrow_mut().handle_request(request, id, Time(0)), answer)
        };
        let (Outcome::Respond(response), _) = get("") else { panic!("no handshake") };
        let sid = String::from_utf8_lossy(&response.body[9..29]).into_owned();
        let (Outcome::Parked { .. }, mut answer) = get(&format!("&sid={sid}")) else {
            panic!("not parked");
        };
        driver.hub.borrow_mut().handle_timeout(Time(25_000));
        driver.end_batch();
        let response = answer.try_recv().expect("an answer").expect("a response");
        assert_eq!(response.body, b"2");
    }
}
