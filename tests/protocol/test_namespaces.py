"""Namespaces: joining, refusals, what may not be sent before, leaving, and limits."""

import asyncio
import re
from typing import Any

import pytest
from support.raw import CLOSE, TEXT

from socketio_rs import ConnectError, Server, Socket

from .wire import Frame, Poller, Wire, echoing, reasons, settled

CONNECTED = re.compile(r'40(/[\w/?=]+,)?\{"sid":"([\w-]{20})"\}', re.ASCII)
INVALID = '{"message":"Invalid namespace"}'


def guarded() -> Server:
    """A server that echoes, with a namespace for all, one that wants a token, one for nobody."""
    io = echoing()
    io.of("/admin")

    @io.of("/guarded").use
    def check(socket: Socket) -> None:
        if socket.handshake.auth.get("token") != "secret":
            raise ConnectError("not authorized", data={"code": "E1"})

    @io.of("/silent").use
    def fail(socket: Socket) -> None:
        raise ConnectError("no")

    return io


@pytest.mark.parametrize("packet", ["40", "40{}", '40{"token":"a"}', "40/,", "40/,{}"])
async def test_socket_joins_the_main_namespace(packet: str) -> None:
    async with Server().serving() as listener, Wire.websocket(listener) as wire:
        wire.say(packet)
        connected = CONNECTED.fullmatch(await wire.text())
        assert connected
        assert connected[1] is None


@pytest.mark.parametrize("packet", ["40/admin", "40/admin,", '40/admin,{"token":"a"}'])
async def test_socket_joins_another_namespace_without_the_main_one(packet: str) -> None:
    async with guarded().serving() as listener, Wire.websocket(listener) as wire:
        wire.say(packet)
        connected = CONNECTED.fullmatch(await wire.text())
        assert connected
        assert connected[1] == "/admin,"


async def test_sockets_of_a_client_have_ids_of_their_own() -> None:
    async with guarded().serving() as listener, Poller.open(listener) as poller:
        await poller.post("40\x1e40/admin,")
        packets = (await poller.get()).body.split("\x1e")
        ids = {match[2] for match in map(CONNECTED.fullmatch, packets) if match}
        assert len(ids | {poller.sid}) == 3


@pytest.mark.parametrize(
    ("sent", "seen"),
    [("40", {}), ("40{}", {}), ('40{"a":[1,"é",null]}', {"a": [1, "é", None]})],
)
async def test_auth_reaches_the_handshake(sent: str, seen: object) -> None:
    io: Server = Server()
    auth: asyncio.Queue[object] = asyncio.Queue()
    io.on("connection", lambda socket: auth.put_nowait(socket.handshake.auth))
    async with io.serving() as listener, Wire.websocket(listener) as wire:
        wire.say(sent)
        assert await auth.get() == seen


async def test_middleware_lets_in() -> None:
    async with guarded().serving() as listener, Wire.websocket(listener) as wire:
        wire.say('40/guarded,{"token":"secret"}')
        assert CONNECTED.fullmatch(await wire.text())


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("40/guarded,", '44/guarded,{"message":"not authorized","data":{"code":"E1"}}'),
        ("40/silent,", '44/silent,{"message":"no"}'),
        ("40/unknown,", f"44/unknown,{INVALID}"),
        ("40/unknown", f"44/unknown,{INVALID}"),
        ('40/unknown,{"a":1}', f"44/unknown,{INVALID}"),
        ("40/admin?a=b,", f"44/admin?a=b,{INVALID}"),
        ("40/Admin,", f"44/Admin,{INVALID}"),
        ("40/admin/,", f"44/admin/,{INVALID}"),
        ("40/%61dmin,", f"44/%61dmin,{INVALID}"),
    ],
)
async def test_refused_client_stays_and_may_ask_again(sent: str, answer: str) -> None:
    async with guarded().serving() as listener, Wire.websocket(listener) as wire:
        for _ in range(2):
            wire.say(sent)
            assert await wire.text() == answer
        wire.say("40/admin,")
        assert CONNECTED.fullmatch(await wire.text())


# What breaks the protocol; each is sent by a client that is in `/` and nowhere else.
VIOLATIONS = [
    '42/admin,["echo"]',
    '42/unknown,["echo"]',
    "43/admin,0[]",
    "41/admin,",
    "40",
    "40{}",
    '44{"message":"x"}',
    '44"x"',
    "44",
]


@pytest.mark.parametrize("packet", VIOLATIONS)
async def test_a35_violation_ends_the_connection(packet: str) -> None:
    io = guarded()
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say(packet, '42["echo"]')
        assert await wire.frame() == Frame(CLOSE, b"")
        assert await left.get() in {"forced close", "forced server close"}


@pytest.mark.parametrize("packet", ['42["echo"]', "430[]", "41", '44{"message":"x"}'])
async def test_a35_packet_before_a_connect_ends_the_connection(packet: str) -> None:
    async with Server().serving() as listener, Wire.websocket(listener) as wire:
        wire.say(packet, "40")
        assert await wire.frame() == Frame(CLOSE, b"")


async def test_violation_of_a_client_that_polls_and_has_no_get_is_a_forced_server_close() -> None:
    io = guarded()
    left = reasons(io)
    async with io.serving() as listener, Poller.joined(listener) as poller:
        await poller.post("41/admin,")
        assert await left.get() == "forced server close"
        assert (await poller.get()).body == "6\x1e1"


async def test_violation_over_a_websocket_is_a_forced_close() -> None:
    # The engine closes at once there, and its reason comes first.
    io = guarded()
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say("41/admin,")
        assert await left.get() == "forced close"


@pytest.mark.parametrize("packet", ['42/slow,["echo"]', "43/slow,0[]", "41/slow,", "451-/slow,[1]"])
async def test_packet_while_middlewares_run_ends_the_connection(packet: str) -> None:
    io: Server = Server()
    running = asyncio.Event()

    @io.of("/slow").use
    async def wait(socket: Socket) -> None:
        running.set()
        await asyncio.Event().wait()

    async with io.serving() as listener, Wire.websocket(listener) as wire:
        wire.say("40/slow,")
        await running.wait()
        wire.say(packet)
        assert await wire.frame() == Frame(CLOSE, b"")


async def test_another_connect_while_middlewares_run_has_no_answer_of_its_own() -> None:
    io: Server = Server()
    asked: asyncio.Queue[Any] = asyncio.Queue()
    verdict = asyncio.Event()

    @io.use
    async def decide(socket: Socket) -> None:
        asked.put_nowait(socket.handshake.auth)
        await verdict.wait()

    io.on("hello", lambda socket: "hello")
    async with io.serving() as listener, Wire.websocket(listener) as wire:
        wire.say('40{"try":1}')
        assert await asked.get() == {"try": 1}
        wire.say('40{"try":2}')
        await settled(listener)
        verdict.set()
        assert CONNECTED.fullmatch(await wire.text())
        wire.say('420["hello"]')
        assert await wire.text() == '430["hello"]'
        assert asked.empty()


@pytest.mark.parametrize("packet", ['451-["x"]', '451-/none,["x"]', "461-0[1]"])
async def test_binary_packet_before_its_namespace_is_joined_ends_the_connection_at_once(
    packet: str,
) -> None:
    async with Server().serving() as listener, Wire.websocket(listener) as wire:
        wire.say(packet)
        assert await wire.frame() == Frame(CLOSE, b"")


async def test_v12_binary_packet_that_stays_unfinished_ends_the_connection() -> None:
    io: Server = Server(ping_interval=0.2, ping_timeout=0.2)
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say('452-["x"]', b"one")
        pings = 0
        while (frame := await wire.frame()) == Frame(TEXT, b"2"):
            pings += 1
            wire.say("3")
        assert frame == Frame(CLOSE, b"")
        assert pings >= 2
        assert await left.get() == "forced close"


async def test_socket_leaves_and_comes_back() -> None:
    io = guarded()
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say("40/admin,", "41")
        assert CONNECTED.fullmatch(await wire.text())
        assert await left.get() == "client namespace disconnect"
        wire.say("40", '42["echo"]')
        assert CONNECTED.fullmatch(await wire.text())
        assert await wire.text() == '42["echo"]'


async def test_packet_behind_a_leave_ends_the_connection() -> None:
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.say("41", '42["echo"]')
        assert await wire.frame() == Frame(CLOSE, b"")


async def test_server_lets_a_socket_leave() -> None:
    io = echoing()

    @io.of("/admin").event
    def leave(socket: Socket) -> None:
        socket.disconnect()

    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say("40/admin,", '42/admin,["leave"]')
        assert CONNECTED.fullmatch(await wire.text())
        assert await wire.text() == "41/admin,"
        wire.say('42["echo"]')
        assert await wire.text() == '42["echo"]'


async def test_server_lets_all_sockets_of_a_client_leave() -> None:
    io = guarded()

    @io.event
    def leave(socket: Socket) -> None:
        socket.disconnect(True)

    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say("40/admin,")
        assert CONNECTED.fullmatch(await wire.text())
        wire.say('42["leave"]')
        assert [await wire.text(), await wire.text()] == ["41", "41/admin,"]
        assert await wire.frame() == Frame(CLOSE, b"")


async def test_client_that_joins_nothing_is_closed() -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    async with Server(connect_timeout=0.3).serving() as listener, Wire.websocket(listener) as wire:
        wire.say("40/unknown,")
        assert await wire.text() == f"44/unknown,{INVALID}"
        assert await wire.frame() == Frame(CLOSE, b"")
        assert 0.29 < clock() - began < 2


@pytest.mark.parametrize("parked", [True, False])
async def test_client_that_polls_and_joins_nothing_is_closed(parked: bool) -> None:
    async with (
        Server(connect_timeout=0.2).serving() as listener,
        Wire.websocket(listener) as other,
        Poller.open(listener) as poller,
    ):
        if parked:
            await poller.park()
        # It came earlier, and so ends earlier.
        assert await other.frame() == Frame(CLOSE, b"")
        if not parked:
            await asyncio.sleep(0.2)
            assert (await poller.get()).body == "6\x1e1"
        else:
            assert (await poller.gets.answer()).body == "1"


async def test_client_that_has_joined_once_may_stay_without_a_namespace() -> None:
    async with Server(connect_timeout=0.2).serving() as listener, Wire.joined(listener) as wire:
        wire.say("41")
        async with Wire.websocket(listener) as later:
            assert await later.frame() == Frame(CLOSE, b"")
        wire.say("40")
        assert CONNECTED.fullmatch(await wire.text())


@pytest.mark.parametrize(("size", "kind"), [(255, "40"), (256, "40"), (257, "44")])
async def test_a34_name_has_at_most_256_bytes(size: int, kind: str) -> None:
    name = "/" + "é" * ((size - 1) // 2) + "x" * ((size - 1) % 2)
    io: Server = Server()
    io.of(name)
    async with io.serving() as listener, Wire.websocket(listener) as wire:
        wire.say(f"40{name},")
        answer = await wire.text()
        assert answer.startswith(f"{kind}{name},")


async def test_a34_client_joins_at_most_100_namespaces() -> None:
    io: Server = Server()
    names = [f"/{number}" for number in range(101)]
    for name in names:
        io.of(name)
    async with io.serving() as listener, Wire.websocket(listener) as wire:
        for name in names[:100]:
            wire.say(f"40{name},")
            assert (await wire.text()).startswith(f"40{name},{{")
        wire.say(f"40{names[100]},")
        assert await wire.frame() == Frame(CLOSE, b"")


async def test_a34_client_asks_for_at_most_100_unknown_namespaces() -> None:
    async with Server().serving() as listener, Wire.websocket(listener) as wire:
        for number in range(100):
            wire.say(f"40/{number},")
            assert await wire.text() == f"44/{number},{INVALID}"
        wire.say("40/100,")
        assert await wire.frame() == Frame(CLOSE, b"")
