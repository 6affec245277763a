"""`Router`: handlers that are collected for a server that includes them."""

from typing import Any

import pytest
from support.client import joined, opened

from socketio_rs import ConnectError, Namespace, ReservedEvent, Router, Server, Socket


def make() -> Router:
    router = Router()

    @router.event
    def where(socket: Socket) -> str:
        return socket.nsp.name

    @router.on("connect")
    def connected(socket: Socket) -> None:
        socket.emit("welcome")

    @router.once("first")
    def first(socket: Socket) -> str:
        return "first"

    @router.use
    def guard(socket: Socket) -> None:
        if socket.handshake.auth.get("bad"):
            raise ConnectError("no")

    return router


async def test_what_was_collected_is_the_namespaces() -> None:
    io: Server = Server()
    router = make()
    io.include(router, namespace="/chat")
    io.include(router)
    async with io.serving() as listener, opened(listener) as client:
        client.send('40/chat,{"bad":true}')
        assert await client.receive() == '44/chat,{"message":"no"}'
        for prefix, name in (("/chat,", "/chat"), ("", "/")):
            await client.enter(name)
            assert await client.receive() == f'42{prefix}["welcome"]'
            client.send(f'42{prefix}1["where"]', f'42{prefix}2["first"]')
            assert await client.receive() == f'43{prefix}1["{name}"]'
            # Once in each namespace.
            assert await client.receive() == f'43{prefix}2["first"]'


async def test_what_is_collected_or_removed_later_is_the_namespaces_too() -> None:
    io: Server = Server()
    router = make()
    io.include(router)

    @router.event
    def late(socket: Socket) -> str:
        return "late"

    @router.event
    def gone(socket: Socket) -> str:
        return "gone"

    router.off("gone", gone)
    router.off("connection")

    @io.event("gone")
    def other(socket: Socket) -> str:
        return "other"

    io.include(router, "/later")
    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("late") == ["late"]
        assert await client.ask("gone") == ["other"]
        await client.enter("/later")
        client.send('42/later,1["late"]')
        assert await client.receive() == '43/later,1["late"]'


def test_what_cant_be_called_is_refused_where_it_is_collected() -> None:
    router = Router()

    def wrong(socket: Socket, *, keyword: str) -> None: ...

    with pytest.raises(TypeError, match="keyword"):
        router.event(wrong)
    with pytest.raises(ReservedEvent, match="error"):
        router.on("error")
    with pytest.raises(ReservedEvent, match="server alone"):
        router.on("new_namespace", print)
    uncallable: Any = 5
    with pytest.raises(TypeError, match="callable"):
        router.on_server_event("sync", uncallable)
    with pytest.raises(TypeError, match="keyword"):
        router.on_server_event("sync")(wrong)
    with pytest.raises(TypeError, match="on_error takes"):
        router.on_error(lambda exc, socket, event, other: None)
    # Nothing of it is left for who includes it.
    Server().include(router)


def test_namespace_includes_a_router_once() -> None:
    io: Server = Server()
    router = make()
    io.include(router, "/chat")
    with pytest.raises(ValueError, match="/chat includes this router already"):
        io.include(router, namespace="chat")


def test_what_is_no_router_is_refused() -> None:
    io: Server = Server()
    wrong: Any = io
    made: list[Namespace] = []
    io.on("new_namespace", made.append)
    with pytest.raises(TypeError, match="Router"):
        io.include(wrong, "/chat")
    assert made == []


async def test_failures_are_told_to_its_error_handlers() -> None:
    io: Server = Server()
    router = Router()
    told: list[Any] = []

    @router.event
    def fails(socket: Socket) -> None:
        raise ValueError("on purpose")

    @router.on_error
    def first(exc: Exception, socket: Socket, event: str) -> None:
        told.append(("first", socket.nsp.name, str(exc), event))

    io.include(router, "/chat")
    router.on_error(lambda exc: told.append(("late", str(exc))))
    io.include(router, "/{other}")
    io.on("fails", fails)
    async with io.serving() as listener, joined(listener) as client:
        client.emit("fails")
        for name in ("/chat", "/org"):
            await client.enter(name)
            client.send(f'42{name},["fails"]')
        # Behind them.
        await client.enter("/last")
    assert told == [
        ("first", "/chat", "on purpose", "fails"),
        ("late", "on purpose"),
        ("first", "/org", "on purpose", "fails"),
        ("late", "on purpose"),
    ]


async def test_children_of_a_parent_have_what_it_included() -> None:
    io: Server = Server()
    io.include(make(), "/org/{org}")
    async with io.serving() as listener, joined(listener, "/org/7") as client:
        assert await client.receive() == '42/org/7,["welcome"]'
        client.send('42/org/7,1["where"]')
        assert await client.receive() == '43/org/7,1["/org/7"]'
