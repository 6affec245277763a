//! Which connections have something to read.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

/// A server that is silent for so long while an answer is awaited has failed.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Poller {
    epoll: Epoll,
    events: Vec<EpollEvent>,
    last: Instant,
}

impl Poller {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            events: vec![EpollEvent::empty(); 256],
            last: Instant::now(),
        })
    }

    pub(crate) fn add(&self, index: usize, socket: &impl AsFd) -> Result<()> {
        let event = EpollEvent::new(EpollFlags::EPOLLIN, index as u64);
        Ok(self.epoll.add(socket, event)?)
    }

    /// Calls `ready` with the index of each connection that can be read; waits for one.
    pub(crate) fn wait(&mut self, ready: impl FnMut(usize) -> Result<()>) -> Result<()> {
        self.wait_for(EpollTimeout::from(100_u8), ready)
    }

    /// As [`Poller::wait`], without waiting.
    pub(crate) fn look(&mut self, ready: impl FnMut(usize) -> Result<()>) -> Result<()> {
        self.wait_for(EpollTimeout::ZERO, ready)
    }

    fn wait_for(
        &mut self,
        timeout: EpollTimeout,
        mut ready: impl FnMut(usize) -> Result<()>,
    ) -> Result<()> {
        let count = self.epoll.wait(&mut self.events, timeout)?;
        if count > 0 {
            self.last = Instant::now();
        } else if self.last.elapsed() > PATIENCE {
            bail!("nothing from the server for {PATIENCE:?}");
        }
        self.events[..count].iter().try_for_each(|event| {
            let index = usize::try_from(event.data())?;
            ready(index)
        })
    }
}
