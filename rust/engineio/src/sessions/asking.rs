//! Sessions that somebody has to allow before they are opened.

use crate::check::{self, Checked, Code, Params};
use crate::request::Request;
use crate::response::Response;
use crate::{cors, handshake};

use super::Sessions;

impl Sessions {
    /// Whether somebody is to be asked before [`Self::handle_request`] or [`Self::handle_upgrade`] takes a request: it would open a session, or be refused for
    /// its protocol alone. Nobody is asked twice for one session.
    pub fn must_ask(&self, request: &Request, is_upgrade: bool) -> bool {
        if !self.config.asks || (request.method() == "OPTIONS" && self.config.cors.is_some()) {
            return false;
        }
        let params = Params::of(request);
        let checked = if is_upgrade {
            check::check_upgrade(&self.config, request, &params, |sid| self.find(sid))
        } else {
            let find = |sid: &str| {
                let key = self.find(sid)?;
                Some((key, self.transport(key)?))
            };
            check::check_request(&self.config, request, &params, find)
        };
        matches!(checked, Ok(Checked::Handshake) | Err(Code::UnsupportedProtocol))
    }

    /// The answer to a request that is not allowed; `message` in place of the usual one.
    pub fn forbid(&self, request: &Request, is_upgrade: bool, message: Option<&str>) -> Response {
        let message = message.unwrap_or(Code::Forbidden.message());
        if is_upgrade {
            return handshake::refuse(400, message);
        }
        let headers = self.config.cors.as_ref().map(|cors| cors::headers(cors, request));
        Code::Forbidden.response_with(message, headers.unwrap_or_default())
    }
}
