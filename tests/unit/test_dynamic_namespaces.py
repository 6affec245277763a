"""Dynamic namespaces: patterns, predicates, their parents and children."""

import asyncio
import re
import threading
from dataclasses import dataclass
from typing import Any

import pytest
from support.client import Client, joined, opened

from socketio_rs import Adapter, ConnectError, Limits, Namespace, Server, Socket

INVALID = '{"message":"Invalid namespace"}'


async def refused(client: Client, namespace: str, auth: str = "") -> None:
    """A client asks for a namespace that is unknown."""
    client.send(f"40{namespace},{auth}")
    assert await client.receive() == f"44{namespace},{INVALID}"


async def answer(client: Client, namespace: str, *event: str) -> str | bytes:
    """The answer to an event."""
    names = ",".join(f'"{part}"' for part in event)
    client.send(f"42{namespace},7[{names}]")
    return await client.receive()


async def test_regular_expression_matches_whole_names() -> None:
    io: Server = Server()
    rooms = io.of(re.compile(r"/room-\d+"))

    @rooms.event
    def where(socket: Socket) -> str:
        return socket.nsp.name

    async with io.serving() as listener, opened(listener) as client:
        await client.enter("/room-1")
        await client.enter("/room-22")
        await refused(client, "/room-")
        await refused(client, "/room-1x")
        await refused(client, "/x/room-1")
        assert await answer(client, "/room-22", "where") == '43/room-22,7["/room-22"]'


async def test_path_pattern_gives_params_of_one_segment_each() -> None:
    io: Server = Server()

    @io.of("/org/{org_id}/team/{team}").event
    def params(socket: Socket) -> Any:
        return dict(socket.nsp.params)

    async with io.serving() as listener, opened(listener) as client:
        name = "/org/a b/team/ä.1"
        await client.enter(name)
        await refused(client, "/org/a/team/b/c")
        await refused(client, "/org/a/b/team/c")
        await refused(client, "/org//team/c")
        await refused(client, "/organ/a/team/c")
        expected = f'43{name},7[{{"org_id":"a b","team":"ä.1"}}]'
        assert await answer(client, name, "params") == expected


@pytest.mark.parametrize(
    "pattern",
    ["/{", "/}", "/{}", "/a-{b}", "/{a}{b}", "/{a b}", "/{1}", "/{a}/{a}", "/{{a}}", "/x/{a}/}"],
)
def test_malformed_path_pattern_is_refused_and_named(pattern: str) -> None:
    with pytest.raises(ValueError, match="a path pattern has") as caught:
        Server().of(pattern)
    assert repr(pattern) in str(caught.value)


def test_params_cant_be_changed_and_are_empty_elsewhere() -> None:
    io: Server = Server()
    io.of("/org/{org_id}")
    params: Any = io.of("/org/7").params
    assert params == {"org_id": "7"}
    with pytest.raises(TypeError):
        params["org_id"] = "8"
    assert io.sockets.params == {}


def test_parent_is_one_object_by_what_it_was_made_with() -> None:
    io: Server = Server()

    def predicate(name: str, auth: Any) -> bool:
        return False

    for key in (re.compile("/a"), "/b/{c}", predicate):
        parent = io.of(key)
        assert io.of(key) is parent
        assert type(parent).__name__ == "ParentNamespace"
        assert re.fullmatch(r"/_\d+", parent.name)


@pytest.mark.parametrize("key", [1, None, re.compile(b"/a")])
def test_what_can_be_no_namespace_is_refused(key: Any) -> None:
    with pytest.raises(TypeError, match="namespace"):
        Server().of(key)


async def test_predicate_may_be_an_object_that_can_be_no_key() -> None:
    @dataclass
    class Allowed:
        names: set[str]

        def __call__(self, name: str, auth: Any) -> bool:
            return name in self.names

    io: Server = Server()
    one, other = Allowed({"/a"}), Allowed({"/a"})
    parent = io.of(one)
    assert io.of(one) is parent
    assert io.of(other) is not parent
    async with io.serving() as listener, opened(listener) as client:
        await client.enter("/a")
        await refused(client, "/b")


def test_predicate_that_cant_be_called_is_refused() -> None:
    def three(name: str, auth: Any, other: str) -> bool:
        return True

    wrong: Any = three
    with pytest.raises(TypeError, match=r"takes \(name, auth\)"):
        Server().of(wrong)


async def test_predicates_get_name_and_auth_and_decide_in_order() -> None:
    io: Server = Server()
    asked: list[Any] = []

    def first(name: str, auth: Any) -> bool:
        asked.append(("first", name, auth))
        return name == "/one"

    async def second(name: str) -> bool:
        await asyncio.sleep(0)
        asked.append(("second", name))
        return name != "/none"

    io.of(first)
    io.of(second)
    async with io.serving() as listener, opened(listener) as client:
        await client.enter("/one", {"token": 1})
        await client.enter("/two")
        await refused(client, "/none")
    assert asked == [
        ("first", "/one", {"token": 1}),
        ("first", "/two", {}),
        ("second", "/two"),
        ("first", "/none", {}),
        ("second", "/none"),
    ]


async def test_registered_names_are_not_asked_about() -> None:
    io: Server = Server()
    asked: list[str] = []

    @io.of
    def predicate(name: str, auth: Any) -> bool:
        asked.append(name)
        return True

    io.of("/static")
    async with io.serving() as listener, opened(listener) as client:
        await client.enter("/static")
        await client.enter("/dynamic")
        async with joined(listener, "/dynamic"):
            pass
    assert asked == ["/dynamic"]


async def test_predicate_that_raises_refuses_and_touches_nobody_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()

    @io.of
    def predicate(name: str, auth: Any) -> bool:
        if name == "/bad":
            raise ValueError(name)
        return True

    async with io.serving() as listener, opened(listener) as client:
        await refused(client, "/bad")
        await client.enter("/good")
    assert caplog.messages == ['finding the namespace "/bad" failed']
    assert caplog.records[0].exc_info is not None


async def test_predicate_that_takes_too_long_refuses(caplog: pytest.LogCaptureFixture) -> None:
    io: Server = Server(hook_timeout=0.05)

    @io.of
    async def predicate(name: str, auth: Any) -> bool:
        await asyncio.Event().wait()
        return True

    async with io.serving() as listener, opened(listener) as client:
        await refused(client, "/slow")
    assert caplog.messages == ['finding the namespace "/slow" failed']
    assert "hook_timeout" in caplog.text
    assert io.stats()["limit.hook_timeout"] == 1


async def test_other_packets_go_on_while_a_predicate_runs() -> None:
    io: Server = Server()
    decided = asyncio.Event()

    @io.of
    async def predicate(name: str, auth: Any) -> bool:
        await decided.wait()
        return True

    @io.event
    def hello(socket: Socket) -> str:
        return "hello"

    async with io.serving() as listener, joined(listener) as client:
        client.send("40/slow,", "40/slow,")
        assert await client.ask("hello") == ["hello"]
        decided.set()
        assert str(await client.receive()).startswith("40/slow,{")
        # Asked for twice meanwhile, it is one socket.
        assert await client.ask("hello") == ["hello"]


async def test_packet_for_a_namespace_that_is_looked_for_closes_the_client() -> None:
    io: Server = Server()
    reasons: list[str] = []

    @io.of
    async def predicate(name: str, auth: Any) -> bool:
        await asyncio.Event().wait()
        return True

    @io.event
    def disconnect(socket: Socket, reason: str) -> None:
        reasons.append(reason)

    async with io.serving() as listener, joined(listener) as client:
        client.send("40/slow,", '42/slow,["x"]')
        await client.closed()
    assert reasons in (["forced close"], ["forced server close"])


async def test_client_that_leaves_while_a_predicate_runs_leaves_nothing_behind() -> None:
    io: Server = Server()
    asked, decided, done = asyncio.Event(), asyncio.Event(), asyncio.Event()
    connected: asyncio.Queue[str] = asyncio.Queue()

    async def predicate(name: str, auth: Any) -> bool:
        asked.set()
        await decided.wait()
        return True

    @io.of(predicate).on("connection")
    def connection(socket: Socket) -> None:
        connected.put_nowait(socket.nsp.name)

    @io.event
    def disconnect(socket: Socket) -> None:
        done.set()

    async with io.serving() as listener:
        async with joined(listener) as client:
            client.send("40/late,")
            await asked.wait()
        await done.wait()
        decided.set()
        async with joined(listener, "/late"):
            assert await connected.get() == "/late"
    assert connected.empty()
    assert io.stats()["sockets"] == 0


async def test_handlers_and_middlewares_of_the_parent_are_the_childs() -> None:
    io: Server = Server()
    parent = io.of("/{name}")
    seen: list[Any] = []

    @parent.use
    def middleware(socket: Socket) -> None:
        if socket.handshake.auth == {"bad": True}:
            raise ConnectError("no")
        seen.append(("middleware", socket.nsp.name))

    @parent.on("connection")
    def connection(socket: Socket) -> None:
        seen.append(("connection", socket.nsp.name))

    @parent.once("once")
    def once(socket: Socket) -> str:
        return "once"

    @parent.event
    def disconnect(socket: Socket, reason: str) -> None:
        seen.append(("disconnect", socket.nsp.name))

    async with io.serving() as listener, opened(listener) as client:
        client.send('40/a,{"bad":true}')
        assert await client.receive() == '44/a,{"message":"no"}'
        await client.enter("/a")
        await client.enter("/b")
        # Each child has its own.
        assert await answer(client, "/a", "once") == '43/a,7["once"]'
        assert await answer(client, "/b", "once") == '43/b,7["once"]'
    assert seen == [
        ("middleware", "/a"),
        ("connection", "/a"),
        ("middleware", "/b"),
        ("connection", "/b"),
        ("disconnect", "/a"),
        ("disconnect", "/b"),
    ]


async def test_what_comes_later_to_the_parent_is_for_children_to_come() -> None:
    io: Server = Server()
    parent = io.of("/{name}")
    old = io.of("/old")

    @parent.event
    def where(socket: Socket) -> str:
        return socket.nsp.name

    @old.event
    def mine(socket: Socket) -> str:
        return "mine"

    @old.event("where")
    def old_where(socket: Socket) -> str:
        return "old"

    async with io.serving() as listener, opened(listener) as client:
        await client.enter("/old")
        await client.enter("/new")
        assert await answer(client, "/old", "where") == '43/old,7["old"]'
        assert await answer(client, "/new", "where") == '43/new,7["/new"]'
        assert await answer(client, "/old", "mine") == '43/old,7["mine"]'


async def test_emits_of_the_parent_reach_all_children() -> None:
    io: Server = Server()
    parent = io.of("/{name}")

    @parent.on("connection")
    def connection(socket: Socket) -> None:
        if socket.nsp.name != "/c":
            socket.join("room")

    io.of("/empty")
    async with (
        io.serving() as listener,
        joined(listener, "/a") as a,
        joined(listener, "/b") as b,
        joined(listener, "/c") as c,
        joined(listener) as main,
    ):
        parent.emit("all", 1)
        parent.to("room").emit("room", b"\x01")
        parent.except_("room").emit("rest")
        for narrowed in (parent.volatile, parent.local, parent.compress(False), parent.timeout(1)):
            await narrowed.in_("room").emit("more")
        io.emit("main")
        assert [await a.receive() for _ in range(7)] == [
            '42/a,["all",1]',
            '451-/a,["room",{"_placeholder":true,"num":0}]',
            b"\x01",
            *['42/a,["more"]'] * 4,
        ]
        assert await b.receive() == '42/b,["all",1]'
        assert [await c.receive() for _ in range(2)] == ['42/c,["all",1]', '42/c,["rest"]']
        assert await main.receive() == '42["main"]'


async def test_no_client_joins_a_parent() -> None:
    io: Server = Server()
    parent = io.of(re.compile("/a"))
    async with io.serving() as listener, opened(listener) as client:
        await refused(client, parent.name)


@pytest.mark.parametrize(
    ("method", "args", "keywords"),
    [
        ("emit", ("x",), {"ack": print}),
        ("send", ("x",), {"ack": print}),
        ("emit_with_ack", ("x",), {}),
        ("fetch_sockets", (), {}),
        ("all_sockets", (), {}),
        ("sockets_join", ("room",), {}),
        ("sockets_leave", ("room",), {}),
        ("disconnect_sockets", (), {}),
        ("server_side_emit_with_ack", ("x",), {}),
    ],
)
@pytest.mark.parametrize("is_adapted", [False, True])
async def test_what_needs_sockets_raises_on_a_parent(
    method: str, args: tuple[Any, ...], keywords: dict[str, Any], is_adapted: bool
) -> None:
    io: Server = Server(adapter=Users if is_adapted else Adapter)
    parent: Any = io.of("/{name}")
    async with io.serving() as listener, joined(listener, "/a") as client:
        for given in (parent, parent.to("room"), parent.local.timeout(5)):
            if hasattr(given, method):
                with pytest.raises(RuntimeError, match="not supported on parent namespaces: ask"):
                    getattr(given, method)(*args, **keywords)
        parent.emit("end")
        assert await client.receive() == '42/a,["end"]'


class Users(Adapter):
    """One of the user's own."""


async def test_outgoing_listeners_see_what_a_parent_emits() -> None:
    io: Server = Server()
    parent, other = io.of("/a/{name}"), io.of("/b/{name}")
    heard: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()

    @parent.on("connection")
    def connection(socket: Socket) -> None:
        socket.join("room")
        socket.on_any_outgoing(lambda *args: heard.put_nowait((socket.nsp.name, *args)))
        socket.emit("is there")

    async with io.serving() as listener, joined(listener, "/a/1"), joined(listener, "/a/2"):
        for name in ("/a/1", "/a/2"):
            assert await heard.get() == (name, "is there")
        other.emit("of another parent")
        io.emit("of another namespace")
        parent.to("nobody").emit("to nobody")
        parent.to("room").emit("room", 1)
        assert [await heard.get() for _ in range(2)] == [("/a/1", "room", 1), ("/a/2", "room", 1)]
        assert heard.empty()


def test_of_makes_the_child_of_a_pattern_but_not_of_a_predicate() -> None:
    io: Server = Server()
    asked: list[str] = []

    @io.of
    def predicate(name: str, auth: Any) -> bool:
        asked.append(name)
        return True

    io.of(re.compile(r"/dynamic-\d+"))
    io.of("/org/{org}")
    made: list[Namespace] = []
    io.on("new_namespace", made.append)
    assert made == [io.of("/dynamic-101"), io.of("org/7"), io.of("/other")]
    assert io.of("/org/7").params == {"org": "7"}
    assert asked == []


async def test_two_clients_at_once_get_one_child() -> None:
    io: Server = Server()
    both, count = asyncio.Event(), 0
    made: list[Namespace] = []
    io.on("new_namespace", made.append)

    @io.of
    async def predicate(name: str, auth: Any) -> bool:
        nonlocal count
        count += 1
        if count == 2:
            both.set()
        await both.wait()
        return True

    async with io.serving() as listener, opened(listener) as one, opened(listener) as two:
        one.send("40/same,")
        two.send("40/same,")
        assert str(await one.receive()).startswith("40/same,{")
        assert str(await two.receive()).startswith("40/same,{")
        assert made == [io.of("/same")]
        io.of("/same").emit("x")
        assert await one.receive() == await two.receive() == '42/same,["x"]'


def test_threads_make_one_namespace_of_a_name() -> None:
    io: Server = Server()
    io.of("/{name}")
    made: list[Namespace] = []
    io.on("new_namespace", made.append)
    found: list[Namespace] = []
    barrier = threading.Barrier(4)

    def make() -> None:
        barrier.wait()
        found.extend(io.of(f"/{number}") for number in range(50))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == len(made) == 50


async def test_new_namespace_comes_before_the_first_sockets_middlewares() -> None:
    io: Server = Server()
    io.of("/{name}")
    seen: list[str] = []

    @io.on("new_namespace")
    def new_namespace(namespace: Namespace) -> None:
        seen.append(f"new {namespace.name} {dict(namespace.params)}")

        @namespace.use
        def middleware(socket: Socket) -> None:
            seen.append(f"middleware {socket.nsp.name}")

    async with io.serving() as listener, joined(listener, "/a"), joined(listener, "/a"):
        pass
    assert seen == ["new /a {'name': 'a'}", "middleware /a", "middleware /a"]


async def test_bounds_of_unknown_namespaces_hold() -> None:
    limits = Limits(max_unknown_namespaces=2, max_namespace_bytes=10)
    io: Server = Server(limits=limits)
    asked: list[str] = []

    @io.of
    def predicate(name: str, auth: Any) -> bool:
        asked.append(name)
        return False

    async with io.serving() as listener, opened(listener) as client:
        await refused(client, "/long-long-long")
        await refused(client, "/a")
        client.send("40/b,")
        await client.closed()
    assert asked == ["/a", "/b"]
    stats = io.stats()
    assert (stats["limit.max_unknown_namespaces"], stats["limit.max_namespace_bytes"]) == (1, 1)


async def test_namespaces_that_are_looked_for_count_as_joined() -> None:
    io: Server = Server(limits=Limits(max_namespaces=2))

    @io.of
    async def predicate(name: str, auth: Any) -> bool:
        await asyncio.Event().wait()
        return True

    async with io.serving() as listener, opened(listener) as client:
        client.send("40/a,", "40/b,", "40/c,")
        await client.closed()
    assert io.stats()["limit.max_namespaces"] == 1


async def test_server_stops_while_a_predicate_runs() -> None:
    io: Server = Server()
    asked = asyncio.Event()

    @io.of
    async def predicate(name: str, auth: Any) -> bool:
        asked.set()
        await asyncio.Event().wait()
        return True

    async with io.serving() as listener, opened(listener) as client:
        client.send("40/a,")
        await asked.wait()
    async with io.serving() as listener, joined(listener):
        pass
    assert io.stats()["sockets"] == 0


async def test_guard_of_all_namespaces_is_in_front_of_those_to_come() -> None:
    io: Server = Server()
    old, parent = io.of("/old"), io.of("/p/{name}")
    child = io.of("/p/old")
    seen: list[str] = []

    @io.use(namespaces="*")
    async def guard(socket: Socket) -> None:
        if socket.handshake.auth.get("token") != "secret":
            raise ConnectError("not authorized")
        seen.append(socket.nsp.name)

    io.of("/new")

    @parent.use
    def behind(socket: Socket) -> None:
        seen.append("behind")

    names = ("/", old.name, child.name, "/new", "/p/new")
    async with io.serving() as listener, opened(listener) as client:
        for name in names:
            prefix = "" if name == "/" else f"{name},"
            client.send(f"40{prefix}")
            assert await client.receive() == f'44{prefix}{{"message":"not authorized"}}'
        for name in names:
            await client.enter(name, {"token": "secret"})
    assert seen == [*names, "behind"]


def test_guard_of_what_is_no_set_of_namespaces_is_refused() -> None:
    wrong: Any = "/chat"
    with pytest.raises(ValueError, match=r"io\.of\('/chat'\)\.use"):
        Server().use(namespaces=wrong)
