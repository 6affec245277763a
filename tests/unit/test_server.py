"""`Server` and `Namespace`: registration, namespaces, and when a server is served."""

import asyncio
import errno
import socket
from pathlib import Path
from typing import Any

import pytest
from support.client import joined, request

from socketio_rs import Listener, Namespace, ReservedEvent, Server, Socket


def connect(listener: Listener) -> socket.socket:
    """A TCP connection to where a server listens."""
    assert isinstance(listener.address, tuple)
    return socket.create_connection(listener.address)


def test_namespace_is_one_object_by_its_name() -> None:
    io: Server = Server()
    assert io.of("/chat") is io.of("chat")
    assert io.of("/") is io.of("") is io.sockets
    assert (io.of("/chat").name, io.sockets.name) == ("/chat", "/")


@pytest.mark.parametrize(("name", "error"), [(1, TypeError), ("/a,b", ValueError)])
def test_name_that_no_namespace_can_have_is_refused(name: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="name"):
        Server().of(name)


def test_decorators_return_the_function_unchanged_and_stack() -> None:
    io: Server = Server()

    async def function(socket: Socket, text: str) -> None: ...

    stacked = io.event(io.event("other name")(io.on("third")(io.once("fourth")(function))))
    assert stacked is function
    assert io.on("fifth", function) is function
    assert io.event(cancel_on_disconnect=True)(function) is function
    assert io.use(print) is print


def test_event_without_a_name_is_refused() -> None:
    nameless: Any = 3
    with pytest.raises(TypeError, match="name"):
        Server().event(nameless)


@pytest.mark.parametrize("event", ["error", "connect_error"])
def test_reserved_name_is_refused_before_the_function_is_given(event: str) -> None:
    with pytest.raises(ReservedEvent, match=event):
        Server().on(event)


def test_new_namespace_gets_each_that_is_made_once() -> None:
    io: Server = Server()
    made: list[Namespace] = []
    io.on("new_namespace", made.append)
    chat, news = io.of("/chat"), io.of("/news")
    io.of("/chat")
    assert made == [chat, news]


def test_new_namespace_by_once_gets_the_first() -> None:
    io: Server = Server()
    made: list[Namespace] = []
    io.once("new_namespace", made.append)
    first = io.of("/first")
    io.of("/second")
    assert made == [first]


def test_removed_new_namespace_listener_gets_nothing() -> None:
    io: Server = Server()
    made: list[Namespace] = []
    io.on("new_namespace", made.append)
    io.off("new_namespace", made.append)
    io.of("/chat")
    assert made == []


def test_failing_new_namespace_listener_is_logged_and_touches_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    made: list[Namespace] = []

    @io.on("new_namespace")
    def fail(namespace: Namespace) -> None:
        raise ValueError(namespace.name)

    io.on("new_namespace", made.append)
    assert made == [io.of("/chat")]
    assert caplog.messages == ["a handler of 'new_namespace' failed"]


def test_what_leaves_a_new_namespace_listener_leaves_no_namespace() -> None:
    io: Server = Server()
    made: list[Namespace] = []

    @io.on("new_namespace")
    def new_namespace(namespace: Namespace) -> None:
        made.append(namespace)
        if len(made) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        io.of("/chat")
    assert io.of("/chat") is made[1]
    assert made[1] is not made[0]


def test_new_namespace_is_the_servers_alone() -> None:
    with pytest.raises(ReservedEvent, match="server alone"):
        Server().sockets.on("new_namespace", print)


def test_new_namespace_takes_no_async_def() -> None:
    io: Server = Server()

    async def listener(namespace: Namespace) -> None: ...

    with pytest.raises(TypeError, match="plain function"):
        io.on("new_namespace", listener)


def test_server_can_be_subscripted() -> None:
    assert isinstance(Server[dict[str, Any]](data=dict), Server)


def test_serving_listens_on_a_free_port_until_the_end_of_the_block() -> None:
    async def main() -> Listener:
        async with Server().serving() as listener:
            with connect(listener):
                return listener

    listener = asyncio.run(main())
    assert listener.url == f"http://127.0.0.1:{listener.address[1]}"
    with pytest.raises(ConnectionRefusedError):
        connect(listener)


def test_several_listeners_serve_until_each_is_closed() -> None:
    async def main() -> None:
        io: Server = Server()
        async with io.serving() as first:
            second = await io.listen(0)
            await first.close()
            await first.close()
            with pytest.raises(ConnectionRefusedError):
                connect(first)
            with connect(second):
                pass

    asyncio.run(main())


def test_server_can_be_served_again_by_another_loop_after_close() -> None:
    io: Server = Server()

    async def main() -> None:
        async with io.serving() as listener:
            with connect(listener):
                pass

    asyncio.run(main())
    asyncio.run(main())


def test_second_loop_is_refused_and_both_are_named() -> None:
    async def second(io: Server) -> tuple[int, str, str]:
        texts: list[str] = []
        for attempt in (io.listen(0), io.close()):
            with pytest.raises(RuntimeError) as caught:
                await attempt
            texts.append(str(caught.value))
        return id(asyncio.get_running_loop()), texts[0], texts[1]

    async def main() -> None:
        io: Server = Server()
        async with io.serving():
            other, *texts = await asyncio.to_thread(asyncio.run, second(io))
        for text in texts:
            assert f"{id(asyncio.get_running_loop()):#x}" in text
            assert f"{other:#x}" in text

    asyncio.run(main())


def test_closing_a_server_that_is_not_served_does_nothing() -> None:
    asyncio.run(Server().close())


@pytest.mark.parametrize("drain", [-1, float("nan"), float("inf")])
def test_drain_must_be_finite_seconds(drain: float) -> None:
    with pytest.raises(ValueError, match="drain"):
        asyncio.run(Server().close(drain))


def test_drain_must_be_a_number() -> None:
    drain: Any = "5"
    with pytest.raises(TypeError, match="drain must be seconds as a number, found '5'"):
        asyncio.run(Server().close(drain))


def test_two_closes_at_once_both_end() -> None:
    async def main() -> None:
        io: Server = Server()
        await io.listen(0)
        async with asyncio.timeout(5):
            await asyncio.gather(io.close(drain=1), io.close())

    asyncio.run(main())


def test_failed_listen_leaves_the_server_unserved() -> None:
    io: Server = Server()

    async def fail() -> None:
        # An address for documentation, which no machine has (RFC 5737).
        with pytest.raises(OSError, match="assign"):
            await io.listen(("192.0.2.1", 0))

    async def main() -> None:
        async with io.serving():
            pass

    asyncio.run(fail())
    asyncio.run(main())


def test_address_in_use_is_named() -> None:
    async def main() -> None:
        io: Server = Server()
        async with io.serving() as listener:
            with pytest.raises(OSError, match="in use") as caught:
                await io.listen(listener.address)
        assert caught.value.errno == errno.EADDRINUSE
        assert str(caught.value).endswith(f"in use: {listener.address!r}")

    asyncio.run(main())


def test_address_of_another_machine_is_named() -> None:
    io: Server = Server()
    with pytest.raises(OSError, match=r"\('192\.0\.2\.1', 0\)"):
        asyncio.run(io.listen(("192.0.2.1", 0)))


def test_path_that_is_too_long_is_named() -> None:
    io: Server = Server()
    path = "/run/" + 200 * "x"
    with pytest.raises(OSError, match=path):
        asyncio.run(io.listen(f"unix:{path}"))


def test_missing_static_file_is_told_and_nothing_listens() -> None:
    async def main() -> None:
        with pytest.raises(FileNotFoundError, match="static_files"):
            await Server().listen(0, static_files={"/": "nowhere.html"})

    asyncio.run(main())


def test_listener_on_a_unix_socket_has_its_path(tmp_path: Path) -> None:
    path = str(tmp_path / "io.sock")

    async def main() -> None:
        io: Server = Server()
        async with io.serving():
            listener = await io.listen(f"unix:{path}")
            assert (listener.address, listener.url) == (path, f"unix:{path}")
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(path)

    asyncio.run(main())


def test_bound_socket_and_descriptor_are_listened_on_and_stay_the_callers() -> None:
    async def main() -> None:
        io: Server = Server()
        with socket.create_server(("127.0.0.1", 0)) as bound:
            async with io.serving():
                first = await io.listen(bound)
                second = await io.listen(f"fd:{bound.fileno()}")
                assert first.address == second.address == bound.getsockname()
                with socket.create_connection(bound.getsockname()):
                    pass
            assert bound.fileno() > 0

    asyncio.run(main())


def test_host_may_be_a_name() -> None:
    async def main() -> None:
        async with Server().serving(host="localhost") as listener:
            with socket.create_connection(("localhost", int(listener.address[1]))):
                pass

    asyncio.run(main())


async def test_static_files_are_served_at_their_exact_urls(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("<p>hello</p>")
    io: Server = Server()
    async with io.serving(static_files={"/": page, "/page": str(page)}) as listener:
        for url in ("/", "/page"):
            found = await request(listener, "GET", url)
            assert (found.status, found.body) == (200, "<p>hello</p>")
            assert found.headers["content-type"] == "text/html; charset=utf-8"
            again = await request(listener, "GET", url, if_none_match=found.headers["etag"])
            assert again.status == 304
        assert (await request(listener, "GET", "/index.html")).status == 404
        # They are this listener's alone.
        other = await io.listen(0)
        assert (await request(other, "GET", "/")).status == 404


async def test_server_lives_in_a_loop_beside_other_work() -> None:
    io: Server = Server()
    ticks = 0

    async def own_work() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    io.on("ticks", lambda socket: ticks)
    work = asyncio.create_task(own_work())
    listener = await io.listen(0)
    async with joined(listener) as client:
        (first,) = await client.ask("ticks")
        (second,) = await client.ask("ticks")
    assert 0 < first < second
    await io.close()
    work.cancel()


async def test_everything_works_again_after_close_on_the_same_loop_and_on_others() -> None:
    io: Server = Server()
    chat = io.of("/chat")
    connected: list[str] = []

    @io.use
    async def accept(socket: Socket) -> None:
        await asyncio.sleep(0)

    @io.event
    async def connection(socket: Socket) -> None:
        connected.append(socket.id)
        socket.join("room")

    @io.event
    async def hello(socket: Socket, name: str) -> str:
        chat.emit("joined", name)
        io.to("room").emit("hello", name)
        return f"hello {name}"

    async def use() -> None:
        async with io.serving() as listener, joined(listener) as client:
            await client.enter("/chat")
            client.send('423["hello","ann"]')
            assert [await client.receive() for _ in range(3)] == [
                '42/chat,["joined","ann"]',
                '42["hello","ann"]',
                '433["hello ann"]',
            ]

    await use()
    await use()
    await asyncio.to_thread(asyncio.run, use())
    assert len({*connected}) == 3


async def test_connection_of_a_socket_that_was_kept_stays_its_own_when_the_server_serves_again() -> (
    None
):
    io: Server = Server()
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    async with io.serving() as listener, joined(listener):
        kept = await sockets.get()
    async with io.serving() as listener, joined(listener):
        other = await sockets.get()
        # Asked for first, so that a connection with the same number is known.
        assert other.conn.id != kept.conn.id
        assert kept.conn is kept.conn


async def test_run_inside_a_loop_says_what_to_use_there() -> None:
    with pytest.raises(RuntimeError, match=r"use await listen\(...\)"):
        Server().run()
