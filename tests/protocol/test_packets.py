"""Socket.IO packets: events and acks with and without attachments, and what is no packet."""

import asyncio
from typing import Any

import pytest
from support.raw import BINARY, CLOSE, TEXT

from socketio_rs import Server, Socket

from .wire import Frame, Poller, Wire, echoing, reasons

Packets = list[str | bytes]
HOLE = '{"_placeholder":true,"num":%d}'


def answering() -> Server:
    """A server that answers each event `ask` with its arguments."""
    io: Server = Server()

    @io.event
    def ask(socket: Socket, *args: Any) -> tuple[Any, ...]:
        return args

    return io


async def received(wire: Wire, count: int) -> Packets:
    frames = [await wire.frame() for _ in range(count)]
    assert {frame.opcode for frame in frames} <= {TEXT, BINARY}
    return [frame.payload.decode() if frame.opcode == TEXT else frame.payload for frame in frames]


@pytest.mark.parametrize(
    "packets",
    [
        ['42["echo"]'],
        ['42["echo",1,-1.5,true,null,"é😀"]'],
        ['42["echo",{"a":[{"b":[]}]}]'],
        ['42["echo","\\u0000\\n\\"\\\\"]'],
        [f'451-["echo",{HOLE % 0}]', b"\x00\xff"],
        [f'452-["echo",{{"a":[{HOLE % 0}]}},1,{HOLE % 1}]', b"", b"\x01"],
        [f'4510-["echo",{",".join(HOLE % number for number in range(10))}]', *[b"x"] * 10],
    ],
)
async def test_event_comes_and_goes(packets: Packets) -> None:
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.say(*packets)
        assert await received(wire, len(packets)) == packets


@pytest.mark.parametrize(
    ("packets", "answers"),
    [
        (['420["ask"]'], ["430[]"]),
        (['427["ask",1,{"a":null}]'], ['437[1,{"a":null}]']),
        (['429007199254740991["ask"]'], ["439007199254740991[]"]),
        (['42007["ask"]'], ["437[]"]),
        (
            [f'451-3["ask",[{HOLE % 0}]]', b"\x01"],
            [f"461-3[[{HOLE % 0}]]", b"\x01"],
        ),
        # The order of the placeholders is the sender's, that of the answer ours.
        (
            [f'452-3["ask",{HOLE % 1},{HOLE % 0}]', b"0", b"1"],
            [f"462-3[{HOLE % 0},{HOLE % 1}]", b"1", b"0"],
        ),
    ],
)
async def test_event_is_answered_under_its_id(packets: Packets, answers: Packets) -> None:
    async with answering().serving() as listener, Wire.joined(listener) as wire:
        wire.say(*packets)
        assert await received(wire, len(answers)) == answers


async def test_packets_of_a_namespace_name_it() -> None:
    io: Server = Server()

    @io.of("/n").event
    def ask(socket: Socket, *args: Any) -> tuple[Any, ...]:
        socket.emit("told", *args)
        return args

    async with io.serving() as listener, Wire.websocket(listener) as wire:
        wire.say("40/n,")
        assert (await wire.text()).startswith("40/n,{")
        wire.say('42/n,12["ask",1]')
        assert await received(wire, 2) == ['42/n,["told",1]', "43/n,12[1]"]
        wire.say(f'451-/n,13["ask",{HOLE % 0}]', b"x")
        answers = await received(wire, 4)
        assert answers == [f'451-/n,["told",{HOLE % 0}]', b"x", f"461-/n,13[{HOLE % 0}]", b"x"]


@pytest.mark.parametrize(
    "packet",
    [
        '42["nobody listens",1]',
        '421["nobody listens"]',
        '42["error","x"]',
        '42["connection",1]',
        "42[1,2]",
        "42",
        "43",
        "435[1]",
        "4399999999999999999999[]",
        "439[]",
    ],
)
async def test_packet_without_effect_is_taken(packet: str) -> None:
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.say(packet, '42["echo"]')
        assert await wire.text() == '42["echo"]'


async def test_server_asks_and_the_first_answer_counts() -> None:
    io: Server = Server()
    answers: asyncio.Queue[Any] = asyncio.Queue()

    @io.event
    async def connection(socket: Socket) -> None:
        for number in range(2):
            answers.put_nowait(await socket.emit_with_ack("ask", number))

    async with io.serving() as listener, Wire.joined(listener) as wire:
        assert await wire.text() == '420["ask",0]'
        wire.say("431[9]", "430[1]", "430[2]")
        assert await answers.get() == 1
        assert await wire.text() == '421["ask",1]'
        wire.say(f"461-1[{HOLE % 0}]", b"\x01")
        assert await answers.get() == b"\x01"


# What the decoder refuses, and the words of the reference for it.
ERRORS: dict[str, list[Packets]] = {
    "unknown packet type 7": [["47"]],
    "unknown packet type 9": [["49[]"]],
    "unknown packet type NaN": [["4x"], ['4["echo"]'], ["4-1"], ["4\u0663"]],
    "Illegal attachments": [
        ['45["echo"]'],
        ['45-["echo"]'],
        ['450-["echo"]'],
        ['451["echo"]'],
        ['45x-["echo"]'],
        ['45-1-["echo"]'],
        ['451.5-["echo"]'],
        ["46[]"],
    ],
    "too many attachments: see max_attachments": [
        ['4511-["echo"]'],
        ['459999999999999999999-["echo"]'],
    ],
    "illegal attachments": [
        [f'451-["echo",{HOLE % 1}]', b"x"],
        [f'451-["echo",{HOLE % -1}]', b"x"],
        ['451-["echo",{"_placeholder":true,"num":"0"}]', b"x"],
        ['451-["echo",{"_placeholder":true}]', b"x"],
    ],
    "invalid payload": [
        ["40[]"],
        ['40"x"'],
        ["40null"],
        ["40{"],
        ["41{}"],
        ["41null"],
        ["42{}"],
        ["42[]"],
        ["42[null]"],
        ["42[{}]"],
        ['42["echo"'],
        ['42["echo"]]'],
        ['42["echo",]'],
        ["42['echo']"],
        ['42,["echo"]'],
        ['42["echo",NaN]'],
        ["430{}"],
        ["430null"],
        ["44[]"],
        ["44true"],
        ["44null"],
        ["451-{}", b"x"],
        *(
            [f'42["{name}"]']
            for name in (
                "connect",
                "connect_error",
                "disconnect",
                "disconnecting",
                "newListener",
                "removeListener",
                "d\\u0069sconnect",
            )
        ),
    ],
    "got plaintext data when reconstructing a packet": [
        [f'451-["echo",{HOLE % 0}]', '42["echo"]'],
        [f'452-["echo",{HOLE % 0},{HOLE % 1}]', b"x", "41"],
    ],
    "got binary data when not reconstructing a packet": [
        [b"x"],
        [f'451-["ignored",{HOLE % 0}]', b"x", b"y"],
    ],
}


@pytest.mark.parametrize(
    ("packets", "error"),
    [(packets, error) for error, table in ERRORS.items() for packets in table],
)
async def test_a35_v15_what_is_no_packet_ends_the_connection(
    packets: Packets, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    io = echoing()
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say(*packets, '42["echo"]')
        assert await wire.frame() == Frame(CLOSE, b"")
        assert await left.get() == "forced close"
    assert error in "\n".join(caplog.messages)


async def test_empty_message_ends_the_connection() -> None:
    io = echoing()
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say("4")
        assert await wire.frame() == Frame(CLOSE, b"")
        assert await left.get() == "forced close"


@pytest.mark.parametrize("parked", [True, False])
async def test_what_is_no_packet_ends_a_session_that_polls(parked: bool) -> None:
    io = echoing()
    left = reasons(io)
    async with io.serving() as listener, Poller.joined(listener) as poller:
        if parked:
            await poller.park()
        assert (await poller.post('42["echo"')).body == "ok"
        answer = await (poller.gets.answer() if parked else poller.get())
        assert answer.body == ("1" if parked else "6\x1e1")
        assert await left.get() == "forced close"


@pytest.mark.parametrize("packet", ["7", "", "x", "hello"])
async def test_what_is_no_engine_packet_ends_the_session(packet: str) -> None:
    io = echoing()
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say(packet, '42["echo"]')
        assert await wire.frame() == Frame(CLOSE, b"")
        assert await left.get() == "parse error"


@pytest.mark.parametrize("packet", ["0", "1", "3", "5", "6", "3probe"])
async def test_engine_packets_that_mean_nothing_here_are_ignored(packet: str) -> None:
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.say(packet, '42["echo"]')
        assert await wire.text() == '42["echo"]'


@pytest.mark.parametrize(("count", "taken"), [(1, True), (2, True), (3, False)])
async def test_a36_v12_attachments_are_counted_up_to_the_option(count: int, taken: bool) -> None:
    io = echoing(max_attachments=2)
    holes = ",".join(HOLE % number for number in range(count))
    packets = [f'45{count}-["echo",{holes}]', *[b"x"] * count]
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say(*packets)
        if taken:
            assert await received(wire, len(packets)) == packets
        else:
            assert await wire.frame() == Frame(CLOSE, b"")


@pytest.mark.parametrize(("depth", "taken"), [(511, True), (512, True), (513, False)])
async def test_json_is_at_most_512_deep(depth: int, taken: bool) -> None:
    # The array of the event is the first.
    packet = f'42["echo",{"[" * (depth - 1)}{"]" * (depth - 1)}]'
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.say(packet)
        assert await wire.frame() == (Frame(TEXT, packet.encode()) if taken else Frame(CLOSE, b""))


async def test_text_of_a_binary_packet_may_come_in_another_poll_than_its_attachment() -> None:
    packets = [f'451-["echo",{HOLE % 0}]', "bAQ=="]
    async with echoing().serving() as listener, Poller.joined(listener) as poller:
        for packet in packets:
            assert (await poller.post(packet)).body == "ok"
        assert (await poller.get()).body == "\x1e".join(packets)


async def test_heartbeat_may_come_between_attachments() -> None:
    packets: Packets = [f'451-["echo",{HOLE % 0}]', "3", b"x"]
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.say(*packets)
        assert await received(wire, 2) == [packets[0], packets[2]]
