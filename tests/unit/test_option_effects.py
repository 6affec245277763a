"""What each option of `Server` does, as a client sees it."""

import asyncio
import json
from typing import Any

import pytest
from support.client import POLLING, WEBSOCKET, Client, joined, opened, request

from socketio_rs import Cors, Listener, Server, Socket


async def handshake(listener: Listener, **headers: str) -> dict[str, Any]:
    """What the engine tells a new client."""
    response = await request(listener, "GET", POLLING, **headers)
    assert response.status == 200, response
    told: dict[str, Any] = json.loads(response.body.removeprefix("0"))
    return told


async def refusal(listener: Listener, target: str, **headers: str) -> str:
    """Why a request is refused."""
    response = await request(listener, "GET", target, **headers)
    assert response.status == 400
    is_json = response.headers["content-type"] == "application/json"
    return json.loads(response.body)["message"] if is_json else response.body


UPGRADE = {
    "connection": "upgrade",
    "upgrade": "websocket",
    "sec_websocket_version": "13",
    "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==",
}


async def test_defaults_are_told_to_clients() -> None:
    async with Server().serving() as listener:
        told = await handshake(listener)
        assert len(told.pop("sid")) == 20
        assert told == {
            "upgrades": ["websocket"],
            "pingInterval": 25_000,
            "pingTimeout": 20_000,
            "maxPayload": 1_000_000,
        }


async def test_path_is_where_clients_connect() -> None:
    async with Server(path="/my/io/").serving() as listener:
        assert (await request(listener, "GET", POLLING)).status == 404
        response = await request(listener, "GET", POLLING.replace("/socket.io", "/my/io"))
        assert response.status == 200
        async with opened(listener, WEBSOCKET.replace("/socket.io", "/my/io")):
            pass


async def test_ping_interval_and_timeout_are_told_and_kept() -> None:
    io: Server = Server(ping_interval=0.05, ping_timeout=0.2)
    reasons: asyncio.Queue[str] = asyncio.Queue()
    io.on("disconnect", lambda socket, reason: reasons.put_nowait(reason))
    async with io.serving() as listener, joined(listener) as client:
        told = await handshake(listener)
        assert (told["pingInterval"], told["pingTimeout"]) == (50, 200)
        loop = asyncio.get_running_loop()
        began = loop.time()
        # Answers each ping.
        for _ in range(3):
            await client.ping()
        assert 0.1 < loop.time() - began < 1
        client.pause()
        assert await reasons.get() == "ping timeout"
        assert loop.time() - began < 2


async def test_connect_timeout_closes_a_client_that_joins_no_namespace() -> None:
    async with Server(connect_timeout=0.05).serving() as listener, joined(listener) as joiner:
        async with opened(listener) as idle:
            assert await asyncio.wait_for(idle.closed(), 5) == []
        joiner.send("41")
        assert await joiner.enter("/")


async def test_max_http_buffer_size_bounds_messages_and_bodies() -> None:
    io: Server = Server(max_http_buffer_size=1000)
    reasons: asyncio.Queue[str] = asyncio.Queue()
    io.on("disconnect", lambda socket, reason: reasons.put_nowait(reason))
    io.on("x", lambda socket, text: len(text))
    async with io.serving() as listener:
        assert (await handshake(listener))["maxPayload"] == 1000
        async with joined(listener) as client:
            fits = 1000 - len('420["x", ""]')
            assert await client.ask("x", "a" * fits) == [fits]
            client.emit("x", "a" * 1000)
            assert await reasons.get() == "transport error"
        sid = (await handshake(listener))["sid"]
        response = await request(listener, "POST", f"{POLLING}&sid={sid}", "4" * 1001)
        assert response.status == 413


@pytest.mark.parametrize(
    ("transport", "other"), [("polling", "websocket"), ("websocket", "polling")]
)
async def test_transports_are_those_that_clients_may_use(transport: Any, other: str) -> None:
    async with Server(transports=[transport]).serving() as listener:
        target = f"/socket.io/?EIO=4&transport={other}"
        headers = UPGRADE if other == "websocket" else {}
        assert await refusal(listener, target, **headers) == "Transport unknown"
        if transport == "polling":
            assert (await handshake(listener))["upgrades"] == []
        else:
            async with joined(listener):
                pass


async def test_allow_upgrades_tells_clients_whether_to_try() -> None:
    async with Server(allow_upgrades=False).serving() as listener:
        assert (await handshake(listener))["upgrades"] == []
        async with joined(listener):
            pass


async def test_upgrade_timeout_ends_an_upgrade_that_goes_nowhere() -> None:
    async with Server(upgrade_timeout=0.1).serving() as listener:
        sid = (await handshake(listener))["sid"]
        client = await Client.open(listener, f"{WEBSOCKET}&sid={sid}")
        client.send("2probe")
        assert await client.receive() == "3probe"
        assert await asyncio.wait_for(client.closed(), 5) == []
        await client.leave()
        # The session goes on by polling.
        response = await request(listener, "POST", f"{POLLING}&sid={sid}", "40")
        assert response.body == "ok"


# cors


async def test_without_cors_no_header_is_sent_and_every_websocket_passes() -> None:
    async with Server().serving() as listener:
        response = await request(listener, "GET", POLLING, origin="https://a.example")
        assert not any(name.startswith("access-control") for name in response.headers)
        async with joined(listener, origin="https://a.example"):
            pass


@pytest.mark.parametrize(
    ("cors", "origin", "allowed", "vary"),
    [
        ("*", "https://a.example", "*", None),
        ("https://a.example", "https://a.example", "https://a.example", "Origin"),
        ("https://a.example", "https://b.example", "https://a.example", "Origin"),
        (["https://a.example", "https://b.example"], "https://b.example", None, "Origin"),
        ({"origins": ["https://a.example"]}, "https://c.example", None, "Origin"),
        (Cors(origins=["https://a.example"]), "https://a.example", "https://a.example", "Origin"),
    ],
)
async def test_cors_origins_are_sent_by_their_form(
    cors: Any, origin: str, allowed: str | None, vary: str | None
) -> None:
    if isinstance(cors, list):
        allowed = origin
    async with Server(cors=cors).serving() as listener:
        response = await request(listener, "GET", POLLING, origin=origin)
        assert response.status == 200
        assert response.headers.get("access-control-allow-origin") == allowed
        assert response.headers.get("vary") == vary


async def test_cors_refuses_a_websocket_of_another_origin() -> None:
    for origins in ("https://a.example", ["https://a.example", "https://b.example"]):
        async with Server(cors={"origins": origins}).serving() as listener:
            async with joined(listener, origin="https://a.example"), joined(listener):
                pass
            foreign = {**UPGRADE, "origin": "https://c.example"}
            assert await refusal(listener, WEBSOCKET, **foreign) == "Forbidden"


async def test_cors_answers_a_preflight_with_all_its_fields() -> None:
    cors = Cors(
        origins=["https://a.example"],
        methods=["GET", "POST"],
        allowed_headers="x-a,x-b",
        exposed_headers=["x-c"],
        credentials=True,
        max_age=600,
    )
    async with Server(cors=cors).serving() as listener:
        response = await request(listener, "OPTIONS", POLLING, origin="https://a.example")
        assert response.status == 204
        sent = {name: value for name, value in response.headers.items() if name.startswith("acc")}
        assert sent == {
            "access-control-allow-origin": "https://a.example",
            "access-control-allow-credentials": "true",
            "access-control-allow-methods": "GET,POST",
            "access-control-allow-headers": "x-a,x-b",
            "access-control-expose-headers": "x-c",
            "access-control-max-age": "600",
        }


# Bounds


CHUNK = "x" * 100_000


async def test_send_queue_bytes_bounds_what_waits_for_a_slow_client() -> None:
    io: Server = Server(send_queue_bytes=16 << 20)
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    reasons: asyncio.Queue[str] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    io.on("disconnect", lambda socket, reason: reasons.put_nowait(reason))
    async with io.serving() as listener, joined(listener) as slow, joined(listener) as healthy:
        slow.pause()
        await sockets.get()
        for number in range(400):
            io.emit("chunk", number, CHUNK)
            assert (await healthy.event())[1] == number
        assert await reasons.get() == "slow consumer"
        assert reasons.empty()


async def test_slow_client_drop_drops_its_events_and_keeps_it() -> None:
    io: Server = Server(send_queue_bytes=16 << 20, slow_client="drop")
    reasons: list[str] = []
    io.on("disconnect", lambda socket, reason: reasons.append(reason))
    async with io.serving() as listener, joined(listener) as slow, joined(listener) as healthy:
        slow.pause()
        for number in range(400):
            io.emit("chunk", number, CHUNK)
            assert (await healthy.event())[1] == number
        slow.resume()
        numbers: list[int] = []

        async def read() -> None:
            while (event := await slow.event())[0] != "end":
                numbers.append(event[1])

        reading = asyncio.create_task(read())
        while not reading.done():
            io.emit("end")
            await asyncio.sleep(0.01)
        await reading
        # What was dropped never comes, and what comes is in order.
        assert numbers[:100] == list(range(100))
        assert numbers == sorted(numbers)
        assert len(numbers) < 400
        assert reasons == []


async def test_max_running_handlers_lets_later_events_wait() -> None:
    io: Server = Server(max_running_handlers=3)
    gate, full = asyncio.Event(), asyncio.Event()
    running: list[int] = []
    most = 0

    @io.event
    async def work(socket: Socket, number: int) -> None:
        nonlocal most
        running.append(number)
        most = max(most, len(running))
        if most == 3:
            full.set()
        await gate.wait()
        await asyncio.sleep(0)
        running.remove(number)

    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as one, joined(listener) as two:
        one.send(*(f'42["work",{number}]' for number in range(10)))
        # Another socket has a count of its own.
        assert await two.ask("end") == [True]
        await full.wait()
        assert running == [0, 1, 2]
        gate.set()
        assert await one.ask("end") == [True]
    assert most == 3


async def test_max_pending_events_holds_the_client_back_until_they_have_started() -> None:
    io: Server = Server(max_pending_events=4, max_running_handlers=1)
    gate = asyncio.Event()
    started: list[int] = []

    @io.event
    async def work(socket: Socket, number: int, _: str) -> None:
        started.append(number)
        await gate.wait()

    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        # More than the kernel takes, so that some of it waits for the server to read on.
        for number in range(400):
            client.emit("work", number, CHUNK)
        assert await stays(client)
        assert started == [0]
        gate.set()
        assert await client.ask("end") == [True]
    assert started == list(range(400))


async def stays(client: Client) -> bool:
    """Whether the client has something unsent, and that does not change."""
    before = -1
    while client.unsent_bytes() != before:
        before = client.unsent_bytes()
        await asyncio.sleep(0.05)
    return before > 0


async def test_max_attachments_closes_a_client_that_sends_more() -> None:
    io: Server = Server(max_attachments=2)
    reasons: asyncio.Queue[str] = asyncio.Queue()
    io.on("disconnect", lambda socket, reason: reasons.put_nowait(reason))
    io.on("x", lambda socket, *args: len(args))

    def packet(count: int) -> str:
        placeholders = ",".join(f'{{"_placeholder":true,"num":{n}}}' for n in range(count))
        return f'45{count}-0["x",{placeholders}]'

    async with io.serving() as listener, joined(listener) as client:
        client.send(packet(2), b"1", b"2")
        assert await client.receive() == "430[2]"
        client.send(packet(3), b"1", b"2", b"3")
        assert await reasons.get() == "forced close"


async def test_data_makes_what_belongs_to_a_socket() -> None:
    class User:
        name = "nobody"

    io = Server[User](data=User)

    @io.event
    def name(socket: Socket[User], name: str) -> list[str]:
        before, socket.data.name = socket.data.name, name
        return [before, type(socket.data).__name__]

    async with io.serving() as listener, joined(listener) as one, joined(listener) as two:
        assert await one.ask("name", "ann") == [["nobody", "User"]]
        assert await two.ask("name", "bob") == [["nobody", "User"]]
        assert await one.ask("name", "cid") == [["ann", "User"]]


async def test_serve_client_serves_the_bundles_or_tells_that_there_are_none() -> None:
    urls = [
        f"/socket.io/{name}{suffix}"
        for name in ("socket.io.js", "socket.io.min.js", "socket.io.esm.min.js")
        for suffix in ("", ".map")
    ]
    async with Server(serve_client=False).serving() as listener:
        assert {(await request(listener, "GET", url)).status for url in urls} == {400}
    async with Server().serving() as listener:
        responses = [await request(listener, "GET", url) for url in urls]
        if responses[0].status == 404:
            assert {response.status for response in responses} == {404}
            assert "make client" in responses[0].body
            return
        assert {response.status for response in responses} == {200}
        assert "Socket.IO" in responses[0].body
        etag = responses[0].headers["etag"]
        again = await request(listener, "GET", urls[0], if_none_match=etag)
        assert (again.status, again.body) == (304, "")
