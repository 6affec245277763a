//! Row 1: where clients connect.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use parking_lot::Mutex;
use socket2::Socket;
use tokio::sync::oneshot;
use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::driver::Driver;
use crate::reserve::Reserve;
use crate::static_files::StaticFiles;
use crate::stream::Acceptor;
use crate::{http, os};

/// After an accept that failed, for want of descriptors for instance, the next one waits so long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Where to listen.
#[derive(Debug)]
pub enum Listen {
    /// On a TCP address; port 0 takes a free one.
    Tcp(SocketAddr),
    /// On a Unix socket at this path, which must not exist. It is removed when the listener is closed.
    Unix(PathBuf),
    /// On this bound stream socket (TCP or Unix), which becomes non-blocking.
    Adopted(OwnedFd),
}

/// Where a listener listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A TCP address.
    Tcp(SocketAddr),
    /// The path of a Unix socket; empty when it has none.
    Unix(PathBuf),
}

/// A listener of a running [`Thread`](crate::Thread). Dropping it does not close it.
#[derive(Debug)]
pub struct Listener {
    address: Address,
    /// The file of a Unix socket that is removed with it.
    file: Option<PathBuf>,
    closer: Mutex<Option<Closer>>,
}

#[derive(Debug)]
struct Closer {
    ask: oneshot::Sender<()>,
    closed: mpsc::Receiver<()>,
}

impl Listener {
    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Stops listening; returns when the socket is closed, which the I/O thread does at once. Connections stay. Closing twice is no error.
    pub fn close(&self) {
        let Some(Closer { ask, closed }) = self.closer.lock().take() else { return };
        // When the thread has ended, so has the socket.
        let _ = ask.send(());
        let _ = closed.recv();
        if let Some(file) = &self.file {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// A listener on its way to the I/O thread.
pub(crate) struct Opened {
    socket: Socket,
    is_tcp: bool,
    /// It was made here, so that nobody else means to accept from it.
    is_own: bool,
    files: StaticFiles,
    asked: oneshot::Receiver<()>,
    closed: mpsc::Sender<()>,
}

/// Begins to listen, on the caller's thread.
pub(crate) fn open(target: Listen, files: StaticFiles) -> io::Result<(Listener, Opened)> {
    files.check()?;
    let is_own = !matches!(target, Listen::Adopted(_));
    let (socket, file) = match target {
        Listen::Tcp(address) => (os::listen_tcp(address)?, None),
        Listen::Unix(path) => (os::listen_unix(&path)?, Some(path)),
        Listen::Adopted(descriptor) => (os::listen_adopted(descriptor)?, None),
    };
    let address = socket.local_addr()?;
    let address = address.as_socket().map_or_else(
        || Address::Unix(address.as_pathname().unwrap_or(Path::new("")).to_owned()),
        Address::Tcp,
    );
    let is_tcp = matches!(address, Address::Tcp(_));
    let (ask, asked) = oneshot::channel();
    let (closed, wait) = mpsc::channel();
    let closer = Mutex::new(Some(Closer { ask, closed: wait }));
    let opened = Opened { socket, is_tcp, is_own, files, asked, closed };
    Ok((Listener { address, file, closer }, opened))
}

/// Accepts connections until the listener is closed or the thread ends.
pub(crate) async fn run(driver: Rc<Driver>, opened: Opened) {
    let Opened { socket, is_tcp, is_own, files, asked, closed } = opened;
    let mut ending = driver.ending.subscribe();
    let acceptor = os::limit_unacknowledged(&socket, driver.silence)
        .and_then(|()| Acceptor::new(socket, is_tcp));
    match acceptor {
        Err(error) => driver.log(format!("can't listen: {error}")),
        Ok(acceptor) => {
            tokio::select! {
                // A listener that is dropped without being closed stays.
                Ok(()) = asked => {}
                _ = ending.changed() => {}
                () = accept_all(&driver, &acceptor, Rc::new(files)) => {}
            }
            if is_own {
                acceptor.shutdown();
            }
        }
    }
    // Whoever closes the listener may have gone.
    let _ = closed.send(());
}

async fn accept_all(driver: &Rc<Driver>, acceptor: &Acceptor, files: Rc<StaticFiles>) {
    let mut failing = false;
    let mut reserve = Reserve::new();
    loop {
        match acceptor.accept().await {
            Ok((stream, remote)) => {
                failing = false;
                spawn_local(http::serve(Rc::clone(driver), Rc::clone(&files), stream, remote));
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    driver.with_hub(None, |hub, now| hub.note_no_accept(&error, now));
                }
                reserve.refuse(acceptor, &error).await;
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
