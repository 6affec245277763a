"""`cleanup_empty_child_namespaces`: children without sockets are forgotten."""

import asyncio
import gc
import weakref
from typing import Any

from support.client import Client, joined, opened

from socketio_rs import ConnectError, Namespace, Server, Socket


async def test_empty_child_is_forgotten_and_made_anew() -> None:
    io: Server = Server(cleanup_empty_child_namespaces=True)
    parent = io.of("/{name}")
    made: list[Namespace] = []
    io.on("new_namespace", made.append)
    left: asyncio.Queue[str] = asyncio.Queue()

    @parent.event
    def disconnect(socket: Socket) -> None:
        left.put_nowait(socket.nsp.name)

    async with io.serving() as listener:
        for _ in range(3):
            async with joined(listener, "/a"), joined(listener, "/b"):
                pass
            assert {await left.get(), await left.get()} == {"/a", "/b"}
        old = made[0]
        async with joined(listener, "/a") as client:
            # Detached: it reaches nobody, though the new one may have its place.
            old.emit("old")
            old.to("room").emit("old")
            parent.emit("parent")
            assert await client.receive() == '42/a,["parent"]'
            assert io.of("/a") is made[-1]
    assert [namespace.name for namespace in made] == [*["/a", "/b"] * 3, "/a"]
    assert len(set(map(id, made))) == 7


async def test_forgotten_children_are_garbage() -> None:
    io: Server = Server(cleanup_empty_child_namespaces=True)
    parent = io.of("/{name}")
    made: list[weakref.ref[Namespace]] = []
    left: asyncio.Queue[None] = asyncio.Queue()
    io.on("new_namespace", lambda namespace: made.append(weakref.ref(namespace)))
    parent.on("disconnect", lambda _: left.put_nowait(None))
    async with io.serving() as listener, opened(listener) as client:
        for number in range(20):
            await client.enter(f"/{number}")
            client.send(f"41/{number},")
            await left.get()
        # What has begun for the last one ends.
        await client.enter("/other")
        gc.collect()
        assert [namespace() for namespace in made[:-1]] == [None] * 20


async def test_child_that_empties_while_another_client_is_allowed_is_made_anew() -> None:
    io: Server = Server(cleanup_empty_child_namespaces=True)
    made: list[str] = []

    async def predicate(name: str, auth: Any) -> bool:
        await asyncio.sleep(0)
        return True

    io.of(predicate)

    @io.on("new_namespace")
    def new_namespace(namespace: Namespace) -> None:
        made.append(namespace.name)

    async def churn(client: Client) -> None:
        for _ in range(50):
            await client.enter("/a")
            client.send("41/a,")

    async with io.serving() as listener, opened(listener) as one, opened(listener) as two:
        await asyncio.gather(churn(one), churn(two))
    assert set(made) == {"/a"}


async def test_refused_first_socket_leaves_no_child() -> None:
    io: Server = Server(cleanup_empty_child_namespaces=True)
    made: list[str] = []

    @io.of("/{name}").use
    def refuse(socket: Socket) -> None:
        raise ConnectError("no")

    @io.on("new_namespace")
    def new_namespace(namespace: Namespace) -> None:
        made.append(namespace.name)

    async with io.serving() as listener, opened(listener) as client:
        for _ in range(3):
            client.send("40/a,")
            assert await client.receive() == '44/a,{"message":"no"}'
    assert made == ["/a"] * 3


async def test_child_is_kept_while_others_are_there_or_ask() -> None:
    io: Server = Server(cleanup_empty_child_namespaces=True)
    parent = io.of("/{name}")
    made: list[str] = []
    asked, decided = asyncio.Event(), asyncio.Event()

    @parent.use
    async def wait(socket: Socket) -> None:
        if socket.handshake.auth.get("slow"):
            asked.set()
            await decided.wait()

    @io.on("new_namespace")
    def new_namespace(namespace: Namespace) -> None:
        made.append(namespace.name)

    async with io.serving() as listener, joined(listener) as slow:
        async with joined(listener, "/a"):
            slow.send('40/a,{"slow":true}')
            await asked.wait()
        async with joined(listener):
            pass
        decided.set()
        assert str(await slow.receive()).startswith("40/a,{")
        io.of("/a").emit("x")
        assert await slow.receive() == '42/a,["x"]'
    assert made == ["/a"]


async def test_static_namespaces_and_children_without_the_option_are_kept() -> None:
    for option, name in ((True, "/static"), (False, "/dynamic/1")):
        io: Server = Server(cleanup_empty_child_namespaces=option)
        io.of("/dynamic/{name}")
        namespace = io.of(name)
        async with io.serving() as listener, joined(listener, name):
            pass
        assert io.of(name) is namespace
