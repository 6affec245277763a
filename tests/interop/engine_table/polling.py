"""2.5: polling: payloads and their answers, requests that overlap or break off."""

from .run import Row, Step
from .steps import (
    POLL,
    POLLING,
    answer,
    ask,
    connected,
    end,
    event,
    get,
    head,
    leave,
    opened,
    packets,
    polls,
    post,
    quiet,
    request,
    reset,
    row,
    serve,
    settled,
    told,
    write,
)

OCTETS = "Content-Type: application/octet-stream"
SMALL = {"max_http_buffer_size": 100}


def echoed(name: str, body: str | bytes, count: int = 1, *lines: str) -> Row:
    """What comes back for the messages of a payload."""
    return row("2.5", name, opened(), told("posts", body, *lines), packets("gets", count), polls())


def ignored(name: str, body: str | bytes) -> Row:
    """A payload that has no effect."""
    return row("2.5", name, opened(), told("posts", body), polls())


def broken(name: str, body: str | bytes) -> Row:
    """A payload that ends the session, under a GET that waits."""
    return row(
        "2.5",
        name,
        opened(),
        waiting(),
        told("posts", body),
        answer("gets"),
        event("close"),
        gone(),
    )


def waiting() -> list[Step]:
    """A GET that the server holds."""
    return [get("gets"), settled()]


def gone() -> list[Step]:
    """The session is unknown."""
    return [*ask("again"), *told("again", "4x")]


def begun(c: str, *lines: str, body: str = "4x") -> Step:
    """A POST of which the last bytes are missing."""
    return write(c, head("POST", POLL, f"Content-Length: {len(body) + 1}", *lines) + body.encode())


def chunked(c: str, *chunks: str) -> Step:
    """A POST in chunks."""
    body = "".join(f"{len(chunk):x}\r\n{chunk}\r\n" for chunk in (*chunks, ""))
    return write(c, head("POST", POLL, "Transfer-Encoding: chunked") + body.encode())


ROWS = [
    # Payloads.
    echoed("a message", "4x"),
    echoed("a message beyond ASCII", "4é👩\u2028"),
    echoed("an empty message", "4"),
    echoed("several messages", "4one\x1e4two\x1e4", 3),
    echoed("bytes", "bAQL/"),
    echoed("empty bytes", "b"),
    echoed("text and bytes", "4one\x1ebAQI=\x1e4two", 3),
    echoed("base64 without padding", "bAQ"),
    echoed("base64 with spaces", "bA Q\nI ="),
    echoed("base64 for URLs", "b-_-_"),
    echoed("base64 with more behind its end", "bAQ==AQ=="),
    echoed("base64 that is too short", "bA"),
    echoed("base64 of other characters", "bé!A*Q"),
    echoed("text that is not UTF-8", b"4a\xff\xe2\x82b"),
    echoed("half a character of UTF-16", b"4\xed\xa0\x80x"),
    echoed("a byte order mark", b"4\xef\xbb\xbfx"),
    row(
        "2.5",
        "a payload that begins with a byte order mark",
        opened(),
        told("posts", b"\xef\xbb\xbf4x"),
        event("close"),
    ),
    echoed("a message with a zero", b"4a\x00b"),
    echoed("line ends in a message", "4a\r\nb"),
    echoed("a hundred messages", "\x1e".join(f"4{number}" for number in range(100)), 100),
    echoed("a long message", f"4{'x' * 100_000}"),
    ignored("a pong", "3"),
    ignored("a pong with data", "3probe"),
    ignored("an open packet", "0"),
    ignored("an upgrade packet", "5"),
    ignored("a noop", "6"),
    ignored("packets without effect", "0\x1e3\x1e5\x1e6{}"),
    broken("a ping", "2"),
    broken("a ping with data", "2probe"),
    broken("an empty payload", ""),
    broken("a separator alone", "\x1e"),
    broken("an empty packet in front", "\x1e4x"),
    broken("an unknown type", "7"),
    broken("a letter as type", "x"),
    broken("B as type", "BAQI="),
    broken("a digit that is not ASCII", "٤x"),
    row(
        "2.5",
        "messages before a bad packet are delivered",
        opened(),
        waiting(),
        told("posts", "4one\x1e9\x1e4two"),
        answer("gets"),
        event("close"),
        gone(),
        behaviour="listens",
    ),
    row(
        "2.5",
        "the answer to a message before a bad packet, by polling",
        opened(),
        waiting(),
        told("posts", "4one\x1e9"),
        answer("gets"),
        event("close"),
    ),
    row(
        "2.5",
        "an empty packet at the end",
        opened(),
        told("posts", "3\x1e"),
        event("close"),
        gone(),
    ),
    row(
        "2.5",
        "a close packet",
        opened(),
        waiting(),
        told("posts", "1"),
        answer("gets"),
        event("close"),
        gone(),
    ),
    row(
        "2.5", "a close packet without a GET", opened(), told("posts", "1"), event("close"), gone()
    ),
    row("2.5", "a close packet with data", opened(), told("posts", "1x"), event("close"), gone()),
    row(
        "2.5",
        "packets behind a close are ignored",
        opened(),
        waiting(),
        told("posts", "1\x1e4x\x1e9"),
        answer("gets"),
        event("close"),
    ),
    # Content types and other headers.
    row(
        "2.5",
        "octets",
        opened(),
        waiting(),
        told("posts", "4x", OCTETS),
        answer("gets"),
        event("close"),
        gone(),
    ),
    row(
        "2.5", "octets without a GET", opened(), told("posts", "4x", OCTETS), event("close"), gone()
    ),
    row(
        "2.5",
        "octets of another sid",
        post("c", "4x", OCTETS, target=f"{POLLING}&sid=none"),
        answer("c"),
    ),
    echoed("octets with a parameter", "4x", 1, f"{OCTETS};a=b"),
    echoed("octets in capitals", "4x", 1, "Content-Type: application/Octet-Stream"),
    echoed("JSON as content type", "4x", 1, "Content-Type: application/json"),
    echoed("another character set", "4é", 1, "Content-Type: text/plain; charset=latin-1"),
    echoed("a content encoding", "4x", 1, "Content-Encoding: gzip"),
    row(
        "2.5",
        "an old browser",
        opened("poll", POLLING, "User-Agent: Mozilla/4.0 (compatible;MSIE 8.0)"),
        told("posts", "4x", "User-Agent: Trident/7.0"),
        ask("gets", POLL, "User-Agent: Trident/7.0"),
    ),
    row(
        "2.5",
        "a body of a GET",
        opened(),
        told("posts", "4x"),
        request("gets", "GET", POLL, body=b"4y"),
        answer("gets"),
        polls(),
    ),
    row(
        "2.5",
        "expectations are met",
        opened(),
        post("posts", "4x", "Expect: 100-continue"),
        answer("posts"),
        answer("posts"),
        packets("gets", 1),
    ),
    row(
        "2.5",
        "an unknown expectation",
        opened(),
        told("posts", "4x", "Expect: 200-ok"),
    ),
    # The length of a payload.
    row(
        "2.5",
        "a payload as long as may be",
        opened(),
        told("posts", f"4{'x' * 99}"),
        packets("gets", 1),
        polls(),
        options=SMALL,
    ),
    row(
        "2.5",
        "a payload that is too long",
        opened(),
        told("posts", f"4{'x' * 100}"),
        polls(),
        options=SMALL,
    ),
    row(
        "2.5",
        "the length is counted in bytes",
        opened(),
        told("posts", f"4{'é' * 50}"),
        polls(),
        options=SMALL,
    ),
    row(
        "2.5",
        "a payload that is too long under a GET",
        opened(),
        waiting(),
        told("posts", "4" * 200),
        quiet("gets"),
        told("posts2", "4x"),
        answer("gets"),
        options=SMALL,
    ),
    row(
        "2.5",
        "a payload in chunks",
        opened(),
        chunked("posts", "4on", "e\x1e4", "two"),
        answer("posts"),
        packets("gets", 2),
    ),
    row("2.5", "no chunks", opened(), chunked("posts"), answer("posts"), event("close")),
    row(
        "2.5",
        "chunks that are too long",
        opened(),
        chunked("posts", "4" * 60, "4" * 60),
        answer("posts"),
        polls(),
        options=SMALL,
    ),
    row(
        "2.5",
        "a POST without a length",
        opened(),
        request("posts", "POST", POLL),
        answer("posts"),
        event("close"),
    ),
    row(
        "2.5",
        "two POSTs on a connection",
        opened(),
        told("c", "4x"),
        told("c", "4y"),
        packets("c", 2),
    ),
    row(
        "2.5",
        "two POSTs in one write",
        opened(),
        write(
            "c",
            head("POST", POLL, "Content-Length: 2")
            + b"4x"
            + head("POST", POLL, "Content-Length: 2")
            + b"4y",
        ),
        answer("c"),
        answer("c"),
        packets("gets", 2),
    ),
    row(
        "2.5",
        "a pipelined POST behind a GET that waits",
        opened(),
        get("c"),
        settled(),
        post("c", "4x"),
        settled(),
        serve("send", "y"),
        answer("c"),
        answer("c"),
        packets("gets", 1),
    ),
    # GETs.
    row(
        "2.5",
        "a GET waits for a message",
        opened(),
        waiting(),
        quiet("gets"),
        serve("send", "x"),
        answer("gets"),
    ),
    row(
        "2.5",
        "messages wait for a GET",
        opened(),
        serve("send", "one", "", "two"),
        settled(),
        ask("gets"),
    ),
    row(
        "2.5",
        "GETs on several connections",
        opened(),
        told("p", "4x"),
        ask("one"),
        told("p", "4y"),
        ask("two"),
    ),
    row(
        "2.5",
        "a second GET",
        opened(),
        waiting(),
        get("second"),
        answer("second"),
        answer("gets"),
        event("close"),
        gone(),
    ),
    row(
        "2.5",
        "a second GET on the same connection",
        opened(),
        get("c"),
        settled(),
        get("c"),
        settled(),
        serve("send", "one"),
        answer("c"),
        serve("send", "two"),
        answer("c"),
    ),
    row(
        "2.5",
        "a second POST",
        opened(),
        begun("first"),
        settled(),
        post("second", "4y"),
        answer("second"),
        event("close"),
        end("first"),
        gone(),
    ),
    row(
        "2.5",
        "a second POST under a GET",
        opened(),
        waiting(),
        begun("first"),
        settled(),
        post("second", "4y"),
        answer("second"),
        answer("gets"),
        event("close"),
        end("first"),
    ),
    row(
        "2.5",
        "a second POST while one is too long",
        opened(),
        write("first", head("POST", POLL, "Content-Length: 300") + b"4" * 200),
        answer("first"),
        told("second", "4x"),
        packets("gets", 1),
        options=SMALL,
    ),
    row(
        "2.5",
        "octets while a POST is being read",
        opened(),
        begun("first"),
        settled(),
        told("second", "4y", OCTETS),
        event("close"),
        end("first"),
    ),
    row(
        "2.5",
        "a POST in parts",
        opened(),
        begun("posts"),
        settled(),
        write("posts", b"y"),
        answer("posts"),
        packets("gets", 1),
    ),
    row(
        "2.5",
        "a PUT under a GET",
        opened(),
        waiting(),
        request("c", "PUT", POLL),
        answer("c"),
        serve("send", "x"),
        answer("gets"),
    ),
    # Clients that leave.
    row(
        "2.5",
        "a GET whose client leaves",
        opened(),
        waiting(),
        leave("gets"),
        event("close"),
        gone(),
    ),
    row(
        "2.5",
        "a GET whose client resets",
        opened(),
        waiting(),
        reset("gets"),
        event("close"),
        gone(),
    ),
    row(
        "2.5",
        "a POST whose client leaves",
        opened(),
        begun("posts"),
        settled(),
        leave("posts"),
        event("close"),
        gone(),
    ),
    row(
        "2.5",
        "a POST whose client resets",
        opened(),
        begun("posts"),
        settled(),
        reset("posts"),
        event("close"),
        gone(),
    ),
    row(
        "2.5",
        "a POST whose client leaves under a GET",
        opened(),
        waiting(),
        begun("posts"),
        settled(),
        reset("posts"),
        answer("gets"),
        event("close"),
    ),
    row(
        "2.5",
        "a POST with broken chunks",
        opened(),
        write("c", head("POST", POLL, "Transfer-Encoding: chunked") + b"zz\r\n"),
        answer("c"),
        end("c"),
        event("close"),
    ),
    row(
        "2.5",
        "a GET whose client leaves under a POST",
        opened(),
        waiting(),
        begun("posts"),
        settled(),
        leave("gets"),
        event("close"),
        end("posts"),
    ),
    # JSONP.
    row("2.5", "JSONP", ask("c", f"{POLLING}&j=0")),
    row("2.5", "JSONP without an index", ask("c", f"{POLLING}&j=")),
    row(
        "2.5",
        "JSONP for a session of another form",
        opened(),
        told("posts", "4x"),
        ask("c", f"{POLL}&j=0"),
    ),
    row(
        "2.5",
        "JSONP means nothing to a WebSocket",
        connected("c", f"{POLLING.replace('polling', 'websocket')}&j=0"),
    ),
]
