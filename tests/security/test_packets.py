"""Packets that are made to hurt: very many, very odd, and answers that nobody asked for."""

import asyncio
import json
from typing import Any

import pytest
from protocol.wire import POLLING, Frame, Poller, Wire, ask, echoing, reasons, request, settled
from support.raw import BINARY, CLOSE, TEXT

from socketio_rs import AckTimeout, QueueFull, Server, Socket

ENDED = Frame(CLOSE, b"")
INVALID = '{"message":"Invalid namespace"}'


def answering(**options: Any) -> Server:
    """A server that answers `ask` with how it shows the arguments."""
    io: Server = Server(**options)

    @io.event
    def ask(socket: Socket, *args: Any) -> str:
        return repr(args)

    return io


async def asked(wire: Wire, argument: str) -> str:
    """How the server shows an argument that is sent as it stands here."""
    wire.say(f'420["ask",{argument}]')
    answer = await wire.text()
    assert answer.startswith("430["), answer
    (shown,) = json.loads(answer[3:])
    return shown.removeprefix("(").removesuffix(",)")


async def test_a05_payload_of_separators_ends_the_session() -> None:
    io = echoing()
    left = reasons(io)
    async with io.serving() as listener, Poller.joined(listener) as poller:
        assert (await poller.post("\x1e" * 1_000_000)).body == "ok"
        assert await left.get() == "parse error"


async def test_a05_payload_of_half_a_million_pongs_is_taken_and_others_are_served() -> None:
    async with (
        echoing().serving() as listener,
        Poller.joined(listener) as poller,
        Wire.joined(listener) as other,
    ):
        body = "\x1e".join(["3"] * 500_000).encode()
        poller.posts.send(request(poller.target, method="POST", body=body))
        for number in range(100):
            other.say(f'42["echo",{number}]')
            assert await other.text() == f'42["echo",{number}]'
        assert (await poller.posts.answer()).body == "ok"
        assert (await poller.post('42["echo"]')).body == "ok"
        assert (await poller.get()).body == '42["echo"]'


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        (r'"\ud800"', "\ufffd"),
        (r'"\udfff\ud800"', "\ufffd\ufffd"),
        (r'"\ud83d\ude00"', "😀"),
        (r'"\u0000"', "\0"),
        (r'"\ufeff"', "\ufeff"),
        ('"\ufeff\u2028\u2029\x7f"', "\ufeff\u2028\u2029\x7f"),
        (r'{"\ud800":1}', {"\ufffd": 1}),
    ],
)
async def test_a08_every_text_comes_as_text(sent: str, seen: object) -> None:
    async with answering().serving() as listener, Wire.joined(listener) as wire:
        assert await asked(wire, sent) == repr(seen)


@pytest.mark.parametrize("packet", ['42["a\0b"]', '42\ufeff["a"]', '\ufeff42["a"]', '42["a\nb"]'])
async def test_a08_what_json_does_not_allow_between_its_quotes_ends_the_connection(
    packet: str,
) -> None:
    async with answering().serving() as listener, Wire.joined(listener) as wire:
        wire.say(packet)
        assert await wire.frame() == ENDED


@pytest.mark.parametrize(
    "name",
    [
        *("/__proto__", "/constructor", "/a?x", "/é", "/\0", "/ ", "//", "/%2f", "/*", "/#"),
        f"/{'x' * 900_000}",
    ],
)
async def test_a34_namespace_of_a_strange_name_is_unknown_and_the_client_stays(name: str) -> None:
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.say(f"40{name},")
        assert await wire.text() == f"44{name},{INVALID}"
        wire.say('42["echo"]')
        assert await wire.text() == '42["echo"]'


async def test_a34_client_may_come_and_go_any_number_of_times() -> None:
    io = echoing()
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        for _ in range(100):
            wire.say(*["41", "40"] * 100)
            for _ in range(100):
                assert (await wire.text()).startswith('40{"sid":"')
        wire.say('42["echo"]')
        assert await wire.text() == '42["echo"]'
        assert [await left.get() for _ in range(10_000)] == ["client namespace disconnect"] * 10_000
        assert left.empty()


PLACEHOLDERS = [
    '{"_placeholder":true,"num":"splice"}',
    '{"_placeholder":true,"num":"0"}',
    '{"_placeholder":true,"num":-1}',
    '{"_placeholder":true,"num":1}',
    '{"_placeholder":true,"num":0.5}',
    '{"_placeholder":true,"num":9007199254740992}',
    '{"_placeholder":true,"num":1e999}',
    '{"_placeholder":true,"num":null}',
    '{"_placeholder":true,"num":true}',
    '{"_placeholder":true,"num":[0]}',
    '{"_placeholder":true,"num":{"_placeholder":true,"num":0}}',
    '{"_placeholder":true}',
    '{"_placeholder":true,"num":0,"num":1}',
    '{"a":[{"_placeholder":true,"num":7}]}',
    '[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
    # It would be copied as often when it is sent back.
    '[{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]',
]


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
@pytest.mark.parametrize("kind", ["event", "answer"])
async def test_v09_placeholder_of_no_attachment_ends_the_connection(
    placeholder: str, kind: str
) -> None:
    packet = f'451-["echo",{placeholder}]' if kind == "event" else f"461-0[{placeholder}]"
    io = echoing()
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say(packet, b"x")
        assert await wire.frame() == ENDED
        assert await left.get() == "forced close"


@pytest.mark.parametrize(
    ("placeholder", "seen"),
    [
        ('{"_placeholder":true,"num":0}', b"x"),
        ('{"_placeholder":true,"num":1,"num":0}', b"x"),
        ('{"_placeholder":"true","num":5}', {"_placeholder": "true", "num": 5}),
        ('{"_placeholder":1,"num":-1}', {"_placeholder": 1, "num": -1}),
    ],
)
async def test_v09_placeholder_is_the_attachment_that_it_names(
    placeholder: str, seen: object
) -> None:
    async with answering().serving() as listener, Wire.joined(listener) as wire:
        wire.say(f'451-0["ask",{placeholder}]', b"x")
        assert json.loads((await wire.text())[3:]) == [f"({seen!r},)"]


UNFINISHED = ['450-["echo"]', '45-["echo"]', '451-["echo",1]', "460-0[]", "461-0[1]"]


@pytest.mark.parametrize("packet", UNFINISHED)
@pytest.mark.parametrize("second", ['42["echo"]', "41", '451-["echo",1]', "40/other,"])
async def test_v15_text_behind_an_unfinished_packet_ends_the_connection_of_both(
    packet: str, second: str
) -> None:
    io = echoing()
    left = reasons(io)
    async with io.serving() as listener:
        async with Wire.joined(listener) as wire:
            wire.say(packet, second, '42["echo"]')
            assert await wire.frame() == ENDED
            assert await left.get() == "forced close"
        # A decoder goes with its connection: the next one begins anew.
        async with Wire.joined(listener) as wire:
            wire.say('42["echo"]')
            assert await wire.text() == '42["echo"]'


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("1e400", "inf"),
        ("-1e999999999", "-inf"),
        ("1e-400", "0.0"),
        ("-0.0", "-0.0"),
        ("9007199254740993", "9007199254740993"),
        ("1" * 4_300, "1" * 4_300),
        (f"0.{'1' * 900_000}", "0.1111111111111111"),
        (f"1{'0' * 400}.5", "inf"),
        ('{"a":1,"a":2}', "{'a': 2}"),
    ],
)
async def test_a38_odd_numbers_and_keys_are_read_as_python_does(sent: str, seen: str) -> None:
    async with answering().serving() as listener, Wire.joined(listener) as wire:
        assert await asked(wire, sent) == seen


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "0x1"])
async def test_a38_what_is_no_number_ends_the_connection(number: str) -> None:
    async with answering().serving() as listener, Wire.joined(listener) as wire:
        wire.say(f'42["ask",{number}]')
        assert await wire.frame() == ENDED


@pytest.mark.parametrize("digits", [4_301, 900_000])
async def test_a38_event_with_more_digits_than_python_reads_is_dropped_with_a_line(
    digits: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with answering().serving() as listener, Wire.joined(listener) as wire:
        wire.say(f'42["ask",{"1" * digits}]')
        assert await asked(wire, "1") == "1"
    assert "ValueError: integer of more than 4300 digits" in caplog.text


async def test_a38_very_many_keys_are_each_read() -> None:
    keys = 60_000
    io: Server = Server()
    io.on("sizes", lambda _, *args: tuple(len(argument) for argument in args))
    objects = ",".join(f'"{number:07}":{number}' for number in range(keys))
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say(f'420["sizes",{{{objects}}}]')
        assert await wire.text() == f"430[{keys}]"


@pytest.mark.parametrize(
    "answer",
    [
        "430[1]",
        "432[1]",
        "43[1]",
        "439223372036854775808[1]",
        f"43{'9' * 100}[1]",
        "43/other,1[1]",
        '461-7[{"_placeholder":true,"num":0}]',
    ],
)
async def test_v25_answer_that_nobody_asked_for_is_ignored(answer: str) -> None:
    io = echoing()
    io.of("/other")
    answers: asyncio.Queue[Any] = asyncio.Queue()

    @io.event
    async def connection(socket: Socket) -> None:
        await socket.emit_with_ack("first")
        answers.put_nowait(await socket.emit_with_ack("second"))

    async with io.serving() as listener, Wire.joined(listener) as wire:
        assert await wire.text() == '420["first"]'
        wire.say("40/other,", "430[]")
        packets = {await wire.text(), await wire.text()}
        assert '421["second"]' in packets
        # The first has had its answer, and the second awaits one.
        wire.say(answer, *([b"x"] if answer.startswith("46") else []), '42["echo"]')
        assert await wire.text() == '42["echo"]'
        assert answers.empty()
        wire.say("431[2]")
        assert await answers.get() == 2


@pytest.mark.parametrize("answer", ["43-1[1]", "431.5[1]", "431e3[1]", "43 1[1]", "43\u0661[1]"])
async def test_v25_answer_whose_id_is_no_digits_ends_the_connection(answer: str) -> None:
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.say(answer)
        assert await wire.frame() == ENDED


async def test_v25_answer_that_comes_after_its_time_is_ignored() -> None:
    io = echoing()
    late: asyncio.Queue[type] = asyncio.Queue()

    @io.event
    async def connection(socket: Socket) -> None:
        try:
            await socket.emit_with_ack("hurry", timeout=0.05)
        except AckTimeout as error:
            late.put_nowait(type(error))

    async with io.serving() as listener, Wire.joined(listener) as wire:
        assert await wire.text() == '420["hurry"]'
        assert await late.get() is AckTimeout
        wire.say("430[1]", '42["echo"]')
        assert await wire.text() == '42["echo"]'


async def test_a39_client_that_answers_nothing_is_asked_so_often_and_forgotten_in_time() -> None:
    io: Server = Server(send_queue_bytes=1 << 26)
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        socket = await sockets.get()
        for _ in range(2):
            asks = [socket.emit_with_ack("?", timeout=0.5) for _ in range(10_000)]
            with pytest.raises(QueueFull):
                await socket.emit_with_ack("?", timeout=0.5)
            results = await asyncio.gather(*asks, return_exceptions=True)
            assert {type(result) for result in results} == {AckTimeout}
        last = asyncio.ensure_future(socket.emit_with_ack("!"))
        while not (text := await wire.text()).endswith('["!"]'):
            pass
        number = text.removeprefix("42").removesuffix('["!"]')
        wire.say(f"43{number}[1]")
        assert await last == 1


async def test_a43_events_of_one_payload_run_so_many_at_a_time_and_in_order() -> None:
    most, count = 100, 10_000
    io: Server = Server(max_running_handlers=most)
    started: list[int] = []
    running = peak = 0
    full, gate, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @io.event
    async def work(socket: Socket, number: int) -> None:
        nonlocal running, peak
        started.append(number)
        running += 1
        peak = max(peak, running)
        if running == most:
            full.set()
        await gate.wait()
        running -= 1
        if number == count - 1:
            done.set()

    async with io.serving() as listener, Poller.joined(listener) as poller:
        body = "\x1e".join(f'42["work",{number}]' for number in range(count)).encode()
        poller.posts.send(request(poller.target, method="POST", body=body))
        await full.wait()
        for _ in range(100):
            await settled(listener)
        gate.set()
        assert (await poller.posts.answer()).body == "ok"
        await done.wait()
    assert started == [*range(count)]
    assert peak == most


@pytest.mark.parametrize(
    "packets",
    [
        [b"\x04abc"],
        [b""],
        ["bAAA="],
        ["b"],
        ['451-["echo",{"_placeholder":true,"num":0}]', ""],
        ['451-["echo",{"_placeholder":true,"num":0}]', '42["echo"]'],
        ['452-["echo"]', b"x", "40/other,"],
        # MessagePack, of which nothing is spoken here.
        [b"\xdd\xff\xff\xff\xff"],
        [b"\x84\xa4type\x02\xa4data\x91\xa4echo\xa2id\x00\xa3nsp\xa1/"],
    ],
)
async def test_a44_text_and_bytes_in_each_others_place_end_the_connection(
    packets: list[str | bytes],
) -> None:
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.say(*packets)
        assert await wire.frame() == ENDED


async def test_a44_attachment_may_come_as_base64_though_not_by_polling() -> None:
    header = '451-["echo",{"_placeholder":true,"num":0}]'
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.say(header, "bAQI=")
        assert [await wire.frame(), await wire.frame()] == [
            Frame(TEXT, header.encode()),
            Frame(BINARY, b"\x01\x02"),
        ]


async def test_a31_ids_of_a_session_are_long_and_different_and_the_engines_is_never_shown(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    io = echoing(max_http_buffer_size=1_000)
    seen: list[str] = []

    @io.event
    def connection(socket: Socket) -> None:
        seen.extend([socket.id, repr(socket), repr(socket.handshake), repr(socket.request)])
        raise RuntimeError("fails")

    async with io.serving() as listener:
        engine_ids = []
        for body in ("x", '42["nobody"]', '42["connect"]', "41/none,", "2", "4" * 2_000):
            async with Poller.joined(listener) as poller:
                engine_ids.append(poller.sid)
                await poller.post(body)
                await ask(listener, request(f"{POLLING}&sid={poller.sid}", method="PUT"))
                await ask(listener, request(f"/elsewhere?EIO=4&sid={poller.sid}"))
    socket_ids = seen[::4]
    assert len({*engine_ids, *socket_ids}) == 2 * len(engine_ids)
    assert {len(each) for each in engine_ids + socket_ids} == {20}
    told = "\n".join([caplog.text, *capfd.readouterr(), *seen])
    assert "fails" in told
    assert not [each for each in engine_ids if each in told]
