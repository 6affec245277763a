//! Row 1: a request that the application is to allow before the hub takes it.

use std::rc::Rc;

use engineio::{Request, RequestId, Response};
use socketio::{Limit, Verdict};
use tokio::time::timeout;

use crate::answer::last;
use crate::driver::Driver;

/// Waits until a request may be handled; one that opens no session may be at once.
///
/// # Errors
/// The refusal, or a 503 when no answer came in time.
pub(crate) async fn allow(
    driver: &Rc<Driver>,
    request: &Request,
    is_upgrade: bool,
) -> Result<(), Response> {
    if !driver.asks || !driver.hub.borrow().must_ask(request, is_upgrade) {
        return Ok(());
    }
    let (id, verdict) = driver.expect_verdict();
    let _question = Question { driver, id };
    if driver.with_hub(None, |hub, _| hub.ask(id, request.clone())) != Some(true) {
        return Err(last(503));
    }
    match timeout(driver.hook_timeout, verdict).await {
        Ok(Ok(Verdict::Allowed)) => Ok(()),
        Ok(Ok(Verdict::Refused(message))) => {
            Err(driver.hub.borrow().forbid(request, is_upgrade, message.as_deref()))
        }
        Ok(Err(_)) => Err(last(503)),
        Err(_) => {
            driver.reached(Limit::HookTimeout);
            let limit = driver.hook_timeout;
            driver.with_hub(None, |hub, now| hub.note_unanswered(limit, now));
            Err(last(503))
        }
    }
}

/// A question without an answer. Dropped, nobody waits for it any more.
struct Question<'a> {
    driver: &'a Rc<Driver>,
    id: RequestId,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.driver.forget_verdict(self.id);
    }
}
