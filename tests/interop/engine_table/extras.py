"""2.11 to 2.15: what `Engine` does not have yet."""

from .steps import (
    POLL,
    POLLING,
    PROBE,
    ROOT,
    WEBSOCKET,
    answer,
    ask,
    connected,
    end,
    frames,
    opened,
    packets,
    post,
    row,
    serve,
    settled,
    told,
    upgrade,
)

GZIP = "Accept-Encoding: gzip"
LONG = "x" * 2000
VERSION_3 = f"{ROOT}?EIO=3&transport=polling"

ROWS = [
    row(
        "2.11",
        "a cookie",
        opened(),
        told("posts", "4x"),
        packets("gets", 1),
        upgrade("ws", PROBE),
        answer("ws"),
        connected("two"),
        options={"cookie": True},
        later="cookie",
    ),
    *(
        row("2.11", f"a cookie {name}", opened(), options={"cookie": cookie}, later="cookie")
        for name, cookie in (
            ("of another name", {"name": "sid"}),
            ("without a path", {"path": False}),
            (
                "with attributes",
                {"max_age": 60, "domain": "x.example", "secure": True, "same_site": "none"},
            ),
        )
    ),
    *(
        row(
            "2.11",
            f"{name} of the application's own",
            opened(),
            told("posts", "4x"),
            packets("gets", 1),
            upgrade("ws", PROBE),
            answer("ws"),
            upgrade("two", WEBSOCKET),
            answer("two"),
            ask("c", ROOT),
            behaviour="heads",
            later=name,
        )
        for name in ("initial_headers", "headers")
    ),
    row(
        "2.11",
        "a middleware",
        opened(),
        ask("c", ROOT),
        ask("c", POLLING, "X-Refuse: no"),
        upgrade("ws", WEBSOCKET),
        answer("ws"),
        upgrade("two", WEBSOCKET, "X-Refuse: no"),
        answer("two"),
        end("two"),
        behaviour="wraps",
        later="use",
    ),
    *(
        row(
            "2.12",
            f"polling in {name}",
            opened(),
            serve("send", LONG),
            settled(),
            ask("gets", POLL, f"Accept-Encoding: {encoding}"),
            # The reference's default.
            options={"http_compression": {"threshold": 1024}},
            later="http_compression",
        )
        for name, encoding in (
            ("gzip", "gzip"),
            ("deflate", "deflate"),
            ("the encoding liked best", "gzip;q=0.5, deflate"),
            ("any encoding", "*"),
            ("an unknown encoding", "br"),
            ("gzip that is refused", "gzip;q=0, identity"),
        )
    ),
    row(
        "2.12",
        "short payloads as they are",
        opened(),
        serve("send", "x" * 1000),
        settled(),
        ask("gets", POLL, GZIP),
        options={"http_compression": {"threshold": 1024}},
        later="http_compression",
    ),
    row(
        "2.12",
        "without compression",
        opened(),
        serve("send", LONG),
        settled(),
        ask("gets", POLL, GZIP),
        options={"http_compression": False},
        later="http_compression",
    ),
    row(
        "2.12",
        "WebSocket with compression",
        connected("ws", WEBSOCKET, "Sec-WebSocket-Extensions: permessage-deflate"),
        serve("send", LONG, "short"),
        frames("ws", 2),
        options={"per_message_deflate": True},
        later="per_message_deflate",
    ),
    row(
        "2.12",
        "WebSocket with parameters of compression",
        connected(
            "ws",
            WEBSOCKET,
            "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_max_window_bits",
        ),
        options={"per_message_deflate": {"threshold": 100}},
        later="per_message_deflate",
    ),
    row(
        "2.15",
        "version 3 by polling",
        opened("poll", VERSION_3),
        post("posts", "2:4x", target=f"{VERSION_3}&sid={{sid}}"),
        answer("posts"),
        ask("gets", f"{VERSION_3}&sid={{sid}}"),
        options={"allow_eio3": True},
        later="allow_eio3",
    ),
    row(
        "2.15",
        "version 3 by WebSocket",
        connected("ws", f"{ROOT}?EIO=3&transport=websocket"),
        options={"allow_eio3": True},
        later="allow_eio3",
    ),
]
