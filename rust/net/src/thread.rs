//! The I/O thread: a tokio runtime whose tasks drive the hub.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll};
use std::time::Duration;

use engineio::Time;
use socketio::{Config, EventSink, Front};
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::spawn_local;
use tokio::time::{Sleep, sleep_until, timeout};

use crate::driver::Driver;
use crate::listener::{self, Listen, Listener, Opened};
use crate::static_files::StaticFiles;
use crate::waker::Waker;

/// How long connections have for their last words when the thread ends.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The thread that drives the hub of one server while it is served.
#[derive(Debug)]
pub struct Thread {
    thread: std::thread::JoinHandle<()>,
    listeners: UnboundedSender<Opened>,
}

impl Thread {
    /// Starts the thread: from now on the front's commands are carried out, and events go to `sink`, until `Front::stop`.
    ///
    /// # Errors
    /// The system gives no thread, or no poll descriptor.
    pub fn start(
        config: Config,
        front: Arc<Front>,
        sink: Arc<dyn EventSink>,
        waker: Arc<Waker>,
    ) -> io::Result<Self> {
        let (listeners, opened) = unbounded_channel();
        let (report, started) = mpsc::channel();
        let run = move || {
            let runtime =
                Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
            match runtime {
                Err(error) => {
                    let _ = report.send(Err(error));
                }
                Ok(runtime) => {
                    let driver = Driver::new(config, front, sink);
                    let _ = report.send(Ok(()));
                    drive(&runtime, driver, waker, opened);
                }
            }
        };
        let thread = std::thread::Builder::new().name("socketio-io".to_owned()).spawn(run)?;
        started.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Self { thread, listeners })
    }

    /// Begins to listen. The socket is bound on the caller's thread.
    ///
    /// # Errors
    /// The address is taken or not this machine's, the path is too long or exists, the descriptor is no bound stream socket; or the thread has ended (`BrokenPipe`);
    /// or a file's header value is none (`InvalidInput`).
    pub fn listen(&self, target: Listen, files: StaticFiles) -> io::Result<Listener> {
        let (listener, opened) = listener::open(target, files)?;
        self.listeners.send(opened).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(listener)
    }

    /// Waits until the thread has ended, which it does after `Front::stop`: all sessions are closed then, and clients that take their time are given half a
    /// second. Call without holding the interpreter.
    pub fn join(self) {
        // A panic that ended it was printed by its thread.
        let _ = self.thread.join();
    }
}

/// Runs until the hub is stopped.
fn drive(
    runtime: &LocalRuntime,
    driver: Driver,
    waker: Arc<Waker>,
    opened: UnboundedReceiver<Opened>,
) {
    let driver = Rc::new(driver);
    runtime.block_on(async {
        spawn_local(open_listeners(Rc::clone(&driver), opened));
        // A task and not the runtime's own future, which would be polled before the connections that are ready.
        let tail = spawn_local(Tail::new(Rc::clone(&driver), waker));
        let _ = tail.await;
        driver.ending.send_replace(true);
        let _ = timeout(LAST_WORDS, driver.ending.closed()).await;
    });
}

async fn open_listeners(driver: Rc<Driver>, mut opened: UnboundedReceiver<Opened>) {
    while let Some(opened) = opened.recv().await {
        spawn_local(listener::run(Rc::clone(&driver), opened));
    }
}

/// Ends batches, as the last of the tasks that are ready, and watches the clock for all sessions.
struct Tail {
    driver: Rc<Driver>,
    waker: Arc<Waker>,
    known: bool,
    /// The timer, and what it is set to.
    timer: Option<(Time, Pin<Box<Sleep>>)>,
}

impl Tail {
    fn new(driver: Rc<Driver>, waker: Arc<Waker>) -> Self {
        Self { driver, waker, known: false, timer: None }
    }

    /// Sets the timer for what is due next; ready when that is now.
    fn poll_timer(&mut self, due: Option<Time>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(due) = due else { return Poll::Pending };
        let instant = self.driver.instant(due).into();
        let (set, timer) = self.timer.get_or_insert_with(|| (due, Box::pin(sleep_until(instant))));
        if *set != due {
            timer.as_mut().reset(instant);
            *set = due;
        }
        timer.as_mut().poll(cx)
    }
}

impl Future for Tail {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.known {
            self.known = true;
            self.driver.note_tail(cx);
            self.waker.connect(Some(cx.waker().clone()));
        }
        self.driver.handle_timeouts();
        let mut idle = self.driver.end_batch();
        if self.driver.is_stopped() {
            self.waker.connect(None);
            return Poll::Ready(());
        }
        let due = self.driver.next_timeout();
        idle &= self.poll_timer(due, cx).is_pending();
        if !idle {
            self.driver.wake_tail();
        }
        Poll::Pending
    }
}
