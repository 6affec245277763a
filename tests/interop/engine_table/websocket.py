"""2.7: packets as frames, what breaks them, and the end of a WebSocket."""

from support.raw import BINARY, CLOSE, PING, PONG, TEXT, masked_frame

from .run import Row, Step
from .steps import (
    UPGRADE,
    WEBSOCKET,
    answer,
    ask,
    connected,
    end,
    event,
    frames,
    head,
    leave,
    quiet,
    reset,
    row,
    say,
    serve,
    settled,
    speaks,
    write,
)

SMALL = {"max_http_buffer_size": 100}
MASK = b"\0\0\0\0"


def upgrade_and_say(c: str, packet: str) -> Step:
    return write(c, head("GET", WEBSOCKET, *UPGRADE) + masked_frame(TEXT, packet.encode()))


def echoed(name: str, *packets: str | bytes) -> Row:
    """What comes back for messages."""
    return row("2.7", name, connected(), say("ws", *packets), frames("ws", len(packets)), speaks())


def ignored(name: str, *packets: str | bytes) -> Row:
    """Packets without effect."""
    return row("2.7", name, connected(), say("ws", *packets), speaks())


def broken(name: str, data: bytes, **options: int) -> Row:
    """Bytes that end the session."""
    return row(
        "2.7", name, connected(), write("ws", data), end("ws"), event("close"), options=options
    )


ROWS = [
    echoed("a message", "4x"),
    echoed("an empty message", "4"),
    echoed("a message beyond ASCII", "4é👩"),
    echoed("bytes", b"\x01\x02\xff"),
    echoed("empty bytes", b""),
    echoed("bytes in base64", "bAQI="),
    echoed("separators in a message", "4one\x1e4two"),
    echoed("many messages in one write", *(f"4{number}" for number in range(50))),
    echoed("text and bytes", "4one", b"\x01", "4two"),
    echoed("lengths of 125 to 127", *(f"4{'x' * length}" for length in (124, 125, 126, 127))),
    echoed(
        "lengths about 64 KiB", *(f"4{'x' * length}" for length in (65533, 65534, 65535, 65536))
    ),
    echoed("bytes about 64 KiB", b"\x07" * 65535, b"\x07" * 65536),
    ignored("a close packet", "1"),
    ignored("an open packet", "0{}"),
    ignored("an upgrade packet", "5"),
    ignored("a noop", "6"),
    broken("an empty text", masked_frame(TEXT, b"")),
    broken("an unknown type", masked_frame(TEXT, b"7")),
    broken("a letter as type", masked_frame(TEXT, b"x")),
    row(
        "2.7",
        "messages before a bad packet are delivered",
        connected(),
        say("ws", "4one", "9", "4two"),
        end("ws"),
        event("close"),
        behaviour="listens",
    ),
    row(
        "2.7",
        "the answer to a message before a bad packet",
        connected(),
        say("ws", "4one", "9"),
        end("ws"),
        event("close"),
    ),
    row(
        "2.7",
        "a message in fragments",
        connected(),
        write("ws", masked_frame(TEXT, b"4on", final=False) + masked_frame(0, b"e")),
        frames("ws"),
        write("ws", masked_frame(BINARY, b"\x01", final=False)),
        write("ws", masked_frame(PING, b"between") + masked_frame(0, b"", final=False)),
        write("ws", masked_frame(0, b"\x02")),
        frames("ws", 2),
    ),
    row(
        "2.7",
        "a ping of WebSocket",
        connected(),
        write("ws", masked_frame(PING, b"x")),
        frames("ws"),
        speaks(),
    ),
    row(
        "2.7",
        "an empty ping of WebSocket",
        connected(),
        write("ws", masked_frame(PING, b"")),
        frames("ws"),
        speaks(),
    ),
    row("2.7", "a pong of WebSocket", connected(), write("ws", masked_frame(PONG, b"x")), speaks()),
    row(
        "2.7",
        "a message as long as may be",
        connected(),
        say("ws", f"4{'x' * 99}"),
        frames("ws"),
        options=SMALL,
    ),
    broken("a message that is too long", masked_frame(TEXT, b"4" * 101), **SMALL),
    broken("bytes that are too long", masked_frame(BINARY, b"4" * 101), **SMALL),
    broken(
        "fragments that are too long",
        masked_frame(TEXT, b"4" * 60, final=False) + masked_frame(0, b"4" * 41),
        **SMALL,
    ),
    broken("a length that is too long, before its bytes", b"\x81\xfe\xff\xff" + MASK, **SMALL),
    broken("a length of 63 bits", b"\x82\xff\x7f" + b"\xff" * 7 + MASK),
    broken("a length of 64 bits", b"\x82\xff\xff" + b"\xff" * 7 + MASK),
    broken("text that is not UTF-8", masked_frame(TEXT, b"4\xff")),
    broken("text that ends within a character", masked_frame(TEXT, "4é".encode()[:-1])),
    broken("a frame without a mask", b"\x81\x024x"),
    broken("a reserved bit", b"\xc1" + masked_frame(TEXT, b"4x")[1:]),
    broken("another reserved bit", b"\x91" + masked_frame(TEXT, b"4x")[1:]),
    broken("an unknown opcode", masked_frame(3, b"")),
    broken("an unknown control opcode", masked_frame(11, b"")),
    broken("a continuation of nothing", masked_frame(0, b"x")),
    broken(
        "a message within a message",
        masked_frame(TEXT, b"4", final=False) + masked_frame(TEXT, b"4"),
    ),
    broken("a ping that is too long", masked_frame(PING, b"x" * 126)),
    broken("a ping in fragments", masked_frame(PING, b"x", final=False)),
    broken("a close without a code", masked_frame(CLOSE, b"")),
    broken("a close with a code", masked_frame(CLOSE, b"\x03\xe8")),
    broken("a close with a reason", masked_frame(CLOSE, b"\x03\xe9bye")),
    broken("a close with an application's code", masked_frame(CLOSE, b"\x0f\xa0")),
    broken("a close with half a code", masked_frame(CLOSE, b"\x03")),
    broken("a close with a forbidden code", masked_frame(CLOSE, b"\x03\xed")),
    broken("a close with an unknown code", masked_frame(CLOSE, b"\x03\xe7")),
    broken("a close with a reason that is not UTF-8", masked_frame(CLOSE, b"\x03\xe8\xff")),
    broken("a close in fragments", masked_frame(CLOSE, b"", final=False)),
    row(
        "2.7",
        "a message in the write of a close",
        connected(),
        write("ws", masked_frame(TEXT, b"4x") + masked_frame(CLOSE, b"")),
        end("ws"),
        event("close"),
        behaviour="listens",
    ),
    row("2.7", "a client that leaves", connected(), leave("ws"), event("close"), ask("again")),
    row("2.7", "a client that resets", connected(), reset("ws"), event("close"), ask("again")),
    row(
        "2.7",
        "a client that leaves within a frame",
        connected(),
        write("ws", b"\x81\x85x"),
        settled(),
        leave("ws"),
        event("close"),
    ),
    row("2.7", "an incomplete frame waits", connected(), write("ws", b"\x81\x85x"), quiet("ws")),
    row(
        "2.7",
        "messages of the server",
        connected(),
        serve("send", "one", "", "two"),
        frames("ws", 3),
    ),
    row(
        "2.7",
        "the server closes",
        connected(),
        serve("close"),
        event("close"),
        end("ws"),
        ask("again"),
    ),
    row(
        "2.7",
        "the server sends and closes",
        connected(),
        say("ws", "4bye"),
        event("close"),
        end("ws"),
    ),
    row(
        "2.7",
        "frames in the write of the request",
        upgrade_and_say("ws", "4x"),
        answer("ws"),
        frames("ws"),
        event("connection"),
        speaks(),
    ),
]
