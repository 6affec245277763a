"""Two servers in one process that are one to their clients: an adapter of our own, written in Python.

The client is connected to one of them, and what is done on the other reaches it.

```js
const socket = io("http://127.0.0.1:3000");
const heard = new Promise((resolve) => socket.once("news", resolve));
console.log(await socket.emitWithAck("enter", "lobby")); // 1
console.log(await heard); // from next door
console.log(await socket.emitWithAck("how many servers")); // 2
console.log(await socket.emitWithAck("who is there")); // [ 'alice' ]
```
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from socketio_rs import Adapter, Namespace, Server, Socket
from socketio_rs.adapter import BroadcastOptions, Packet


class Bus(list["BusAdapter"]):
    """The adapters of all servers that are served; `Server(adapter=bus.adapter)`."""

    def adapter(self, namespace: Namespace) -> Adapter:
        """Makes the adapter of a namespace."""
        return BusAdapter(self, namespace)


class BusAdapter(Adapter):
    """Has the other servers' adapters do what they can do for themselves: what `Adapter` does."""

    def __init__(self, bus: Bus, namespace: Namespace) -> None:
        super().__init__(namespace)
        self.bus = bus

    def init(self) -> None:
        self.bus.append(self)

    def close(self) -> None:
        self.bus.remove(self)

    def others(self, options: BroadcastOptions | None = None) -> "list[BusAdapter]":
        """Those of this namespace, unless something concerns this server alone."""
        if options is not None and options.flags.get("local"):
            return []
        return [each for each in self.bus if each is not self and each.nsp.name == self.nsp.name]

    def broadcast(self, packet: Packet, options: BroadcastOptions) -> Awaitable[None]:
        for other in self.others(options):
            Adapter.broadcast(other, packet, options)
        return super().broadcast(packet, options)

    def broadcast_with_ack(
        self,
        packet: Packet,
        options: BroadcastOptions,
        on_client_count: Callable[[int], None],
        on_response: Callable[[Any], None],
    ) -> Awaitable[None]:
        for other in self.others(options):
            Adapter.broadcast_with_ack(other, packet, options, on_client_count, on_response)
        return super().broadcast_with_ack(packet, options, on_client_count, on_response)

    async def fetch_sockets(self, options: BroadcastOptions) -> Sequence[Any]:
        found = list(await super().fetch_sockets(options))
        for other in self.others(options):
            # What could be sent over a network.
            found += [each.to_dict() for each in await Adapter.fetch_sockets(other, options)]
        return found

    def add_sockets(self, options: BroadcastOptions, rooms: Sequence[str]) -> None:
        for each in [self, *self.others(options)]:
            Adapter.add_sockets(each, options, rooms)

    def delete_sockets(self, options: BroadcastOptions, rooms: Sequence[str]) -> None:
        for each in [self, *self.others(options)]:
            Adapter.delete_sockets(each, options, rooms)

    def disconnect_sockets(self, options: BroadcastOptions, close: bool) -> None:
        for each in [self, *self.others(options)]:
            Adapter.disconnect_sockets(each, options, close)

    def server_side_emit(self, packet: Packet) -> None:
        for other in self.others():
            other.nsp.deliver_server_event(packet.data, packet.answer)

    async def server_count(self) -> int:
        return 1 + len(self.others())


bus = Bus()
io = Server(adapter=bus.adapter, cors="*")
next_door = Server(adapter=bus.adapter)


@next_door.on_server_event("somebody is in")
def greet(room: str) -> str:
    """Reaches the client of the other server."""
    next_door.to(room).emit("news", "from next door")
    return "next door"


@io.event
async def enter(socket: Socket, room: str) -> int:
    """Tells the other server, and gives the number of those that have heard it."""
    # There is nobody yet who would be a client of this one.
    await next_door.listen(0)
    socket.join(room)
    return len(await io.server_side_emit_with_ack("somebody is in", room))


# The page's Namespace: namespace.fetchSockets()
@io.on("connection")
def connected(socket: Socket) -> None:
    """Leaves what all servers may know of the socket."""
    socket.data["username"] = "alice"


@next_door.on_server_event("who is there")
async def names() -> str:
    """Knows the sockets of both servers."""
    sockets = await next_door.fetch_sockets()
    return ", ".join(each.data["username"] for each in sockets)


@io.on("who is there")
async def who_is_there(socket: Socket) -> list[str]:
    """What the other server knows."""
    return await io.server_side_emit_with_ack("who is there")


@io.on("how many servers")
async def how_many_servers(socket: Socket) -> int:
    """All that are served."""
    return await io.sockets.adapter.server_count()


if __name__ == "__main__":
    io.run(port=3000)
