//! The options of the engine.

use std::time::Duration;

/// The options of the engine, with the reference's defaults.
#[derive(Clone, Debug)]
pub struct Config {
    /// The prefix of the engine's URLs as it is matched, with the trailing slash if there is to be one.
    pub path: String,
    /// From the opening, or a pong, to the next ping.
    pub ping_interval: Duration,
    /// From a ping to the latest arrival of its pong.
    pub ping_timeout: Duration,
    /// How long a client may take to complete an upgrade.
    pub upgrade_timeout: Duration,
    /// The largest message or request body taken from a client; also what a poll's body is kept under where the packets allow it.
    pub max_http_buffer_size: usize,
    /// The transports that clients may use.
    pub transports: Transports,
    /// Whether clients are told that they may upgrade from polling.
    pub allow_upgrades: bool,
    /// Cross-origin resource sharing; `None`: no such header is ever sent.
    pub cors: Option<Cors>,
    /// Whether the driver asks somebody before it lets a session be opened: see [`Sessions::must_ask`](crate::Sessions::must_ask).
    pub asks: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "/socket.io/".to_owned(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            upgrade_timeout: Duration::from_secs(10),
            max_http_buffer_size: 1_000_000,
            transports: Transports::default(),
            allow_upgrades: true,
            cors: None,
            asks: false,
        }
    }
}

/// A transport of Engine.IO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransportName {
    /// HTTP long-polling.
    Polling = 0,
    /// WebSocket.
    WebSocket = 1,
}

impl TransportName {
    /// The name as it stands in a request's query.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::WebSocket => "websocket",
        }
    }

    /// The transport of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Polling, Self::WebSocket].into_iter().find(|transport| transport.as_str() == name)
    }
}

/// Which transports clients may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transports {
    /// HTTP long-polling.
    pub polling: bool,
    /// WebSocket.
    pub websocket: bool,
}

impl Transports {
    /// Whether `transport` may be used.
    pub fn contains(self, transport: TransportName) -> bool {
        match transport {
            TransportName::Polling => self.polling,
            TransportName::WebSocket => self.websocket,
        }
    }
}

impl Default for Transports {
    fn default() -> Self {
        Self { polling: true, websocket: true }
    }
}

/// Cross-origin resource sharing (Fetch standard, section 3.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// Who may read responses.
    pub origins: Origins,
    /// `Access-Control-Allow-Methods` of a preflight; `None`: `GET,HEAD,PUT,PATCH,POST,DELETE`.
    pub methods: Option<String>,
    /// `Access-Control-Allow-Headers` of a preflight; `None`: those that it asks for.
    pub allowed_headers: Option<String>,
    /// `Access-Control-Expose-Headers`; `None`: not sent.
    pub exposed_headers: Option<String>,
    /// Whether cookies may be sent along.
    pub credentials: bool,
    /// `Access-Control-Max-Age` of a preflight in seconds; `None`: not sent.
    pub max_age: Option<u64>,
}

/// Origins that may read responses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// Every one: `*` is sent.
    #[default]
    Any,
    /// This one, which is sent whatever the request's origin is.
    One(String),
    /// These: the request's origin is sent when it is one of them.
    List(Vec<String>),
}
