"""Where a request's body ends: what could be read in two ways is never followed by another request."""

import re

import pytest

from socketio_rs import Server

from .wire import POLLING, Wire, request

NEXT = request("/next", "Connection: close")


def post(*lines: str, body: bytes = b"42345", version: str = "1.1") -> bytes:
    """A POST that says by itself how long it is; its session is unknown: 400."""
    head = [f"POST {POLLING}&sid=unknown HTTP/{version}", "Host: test", *lines]
    return "\r\n".join([*head, "", ""]).encode() + body


def chunked(body: bytes, *lines: str) -> bytes:
    return post("Transfer-Encoding: chunked", *lines, body=body)


async def statuses(data: bytes) -> list[bytes]:
    """The statuses of all answers to these bytes and a request for `/next` behind them."""
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(data + NEXT)
        return re.findall(rb"HTTP/1\.[01] (\d+) ", await wire.rest())


@pytest.mark.parametrize(
    "data",
    [
        post("Content-Length: 5"),
        post("Content-Length: \t 5 "),
        post("content-length:5"),
        chunked(b"0\r\n\r\n"),
        chunked(b"1;name=value\r\n4\r\n0\r\n\r\n"),
        chunked(b"1\r\n4\r\n0\r\nTrailer: value\r\n\r\n"),
        chunked(b"A\r\n4234567890\r\n000\r\n\r\n"),
        post("Transfer-Encoding: Chunked", body=b"0\r\n\r\n"),
        b"\r\n" + post("Content-Length: 5"),
    ],
)
async def test_next_request_begins_where_a_body_ends(data: bytes) -> None:
    assert await statuses(data) == [b"400", b"404"]


@pytest.mark.parametrize(
    "data",
    [
        *(
            post(f"Content-Length: {length}")
            for length in ("", "+5", "-5", "0x5", "5.0", "5 5", "5, 5", "5, 6", "5;", "\u0665")
        ),
        post("Content-Length: 99999999999999999999"),
        post("Content-Length: 5", "Content-Length: 6"),
        post("Content-Length: 5", "Content-Length: 0"),
        post("Content-Length : 5"),
        *(
            post(f"Transfer-Encoding: {coding}", body=b"0\r\n\r\n")
            for coding in ("xchunked", "identity", "gzip", "chunked, identity", "chunked;a=b", "\v")
        ),
        post("Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
        post("Transfer-Encoding: chunked", body=b"0\r\n\r\n", version="1.0"),
        post("Transfer-Encoding:", " chunked", body=b"0\r\n\r\n"),
        chunked(b"0\r\n\r\n", "Content-Length: 5"),
        post("Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        chunked(b"+1\r\n4\r\n0\r\n\r\n"),
        chunked(b"0x1\r\n4\r\n0\r\n\r\n"),
        chunked(b" 1\r\n4\r\n0\r\n\r\n"),
        chunked(b"-1\r\n4\r\n0\r\n\r\n"),
        chunked(b"fffffffffffffffff\r\n4\r\n0\r\n\r\n"),
        chunked(b"10000000000000001\r\n4\r\n0\r\n\r\n"),
        chunked(b"1\r\n4xx0\r\n\r\n"),
        chunked(b"1\n4\n0\n\n"),
        chunked(b"\r\n\r\n"),
    ],
)
async def test_v50_doubtful_body_ends_the_connection(data: bytes) -> None:
    answers = await statuses(data)
    assert len(answers) == 1
    assert answers[0] in {b"400", b"431"}
