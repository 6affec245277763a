//! The options of a server, as the package's `_options` gives them.

use std::time::Duration;

use engineio::{Cors, Origins, TransportName, Transports};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use socketio::{Limits, Load, RecoveryOptions};

/// `cors`.
#[derive(FromPyObject)]
pub(crate) struct CorsOptions(
    OriginsOption,
    Option<String>,
    Option<String>,
    Option<String>,
    bool,
    Option<u64>,
);

#[derive(FromPyObject)]
enum OriginsOption {
    One(String),
    List(Vec<String>),
}

impl CorsOptions {
    pub(crate) fn into_cors(self) -> Cors {
        let Self(origins, methods, allowed_headers, exposed_headers, credentials, max_age) = self;
        let origins = match origins {
            OriginsOption::One(origin) if origin == "*" => Origins::Any,
            OriginsOption::One(origin) => Origins::One(origin),
            OriginsOption::List(origins) => Origins::List(origins),
        };
        Cors { origins, methods, allowed_headers, exposed_headers, credentials, max_age }
    }
}

/// `Limits`, whose fields have these names.
#[derive(FromPyObject)]
pub(crate) struct LimitsOptions {
    max_pending_event_bytes: usize,
    max_pending_events_asked: usize,
    max_pending_event_bytes_asked: usize,
    max_total_pending_events: usize,
    max_total_pending_event_bytes: usize,
    max_total_pending_events_asked: usize,
    max_total_pending_event_bytes_asked: usize,
    max_held_events: usize,
    soft_inbox_bytes: usize,
    max_inbox_bytes: usize,
    max_packet_bytes: usize,
    max_namespaces: usize,
    max_namespace_bytes: usize,
    max_unknown_namespaces: u32,
    max_pending_asks: usize,
    max_pending_acks: usize,
    max_recovery_bytes: usize,
    max_room_events: usize,
    max_control_frames: usize,
    max_head_bytes: usize,
    max_headers: usize,
    max_url_bytes: usize,
    head_timeout: f64,
    body_timeout: f64,
    response_timeout: f64,
    close_timeout: f64,
}

impl LimitsOptions {
    pub(crate) fn into_limits(self) -> PyResult<Limits> {
        let load = |events, bytes| Load { events, bytes };
        Ok(Limits {
            max_pending_event_bytes: self.max_pending_event_bytes,
            asked: load(self.max_pending_events_asked, self.max_pending_event_bytes_asked),
            total: load(self.max_total_pending_events, self.max_total_pending_event_bytes),
            total_asked: load(
                self.max_total_pending_events_asked,
                self.max_total_pending_event_bytes_asked,
            ),
            max_held_events: self.max_held_events,
            soft_inbox_bytes: self.soft_inbox_bytes,
            max_inbox_bytes: self.max_inbox_bytes,
            max_packet_bytes: self.max_packet_bytes,
            max_namespaces: self.max_namespaces,
            max_namespace_bytes: self.max_namespace_bytes,
            max_unknown_namespaces: self.max_unknown_namespaces,
            max_pending_asks: self.max_pending_asks,
            max_pending_acks: self.max_pending_acks,
            max_recovery_bytes: self.max_recovery_bytes,
            max_room_events: self.max_room_events,
            max_control_frames: self.max_control_frames,
            max_head_bytes: self.max_head_bytes,
            max_headers: self.max_headers,
            max_url_bytes: self.max_url_bytes,
            head_timeout: duration(self.head_timeout)?,
            body_timeout: duration(self.body_timeout)?,
            response_timeout: duration(self.response_timeout)?,
            close_timeout: duration(self.close_timeout)?,
        })
    }
}

/// `connection_state_recovery`: seconds, and whether middlewares are skipped.
#[derive(FromPyObject)]
pub(crate) struct RecoveryOption(f64, bool);

impl RecoveryOption {
    pub(crate) fn into_options(self) -> PyResult<RecoveryOptions> {
        let Self(seconds, skip_middlewares) = self;
        Ok(RecoveryOptions { max_disconnection_duration: duration(seconds)?, skip_middlewares })
    }
}

/// On the wire, times are whole milliseconds.
pub(crate) fn duration(seconds: f64) -> PyResult<Duration> {
    let whole_milliseconds = (seconds * 1000.0).round() / 1000.0;
    Duration::try_from_secs_f64(whole_milliseconds)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

pub(crate) fn transports(names: &Bound<'_, PyAny>) -> PyResult<Transports> {
    let has = |transport: TransportName| names.contains(transport.as_str());
    Ok(Transports {
        polling: has(TransportName::Polling)?,
        websocket: has(TransportName::WebSocket)?,
    })
}
