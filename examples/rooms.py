"""Rooms: an auction with a room for each lot, and one that only those who watch from aside are in.

```js
const ada = io("http://127.0.0.1:3000");
const bob = io("http://127.0.0.1:3000");
const desk = io("http://127.0.0.1:3000");
await ada.emitWithAck("enter", "a clock");
await bob.emitWithAck("enter", "a clock");
await desk.emitWithAck("watch");

const heard = ["bid", "any bid"].map((event) =>
  new Promise((resolve) => (event === "bid" ? bob : desk).once(event, (...args) => resolve(args.join(" ")))),
);
console.log(await ada.emitWithAck("bid", "a clock", 120)); // the highest
console.log(await bob.emitWithAck("bid", "a clock", 90)); // too low: 120 was bid
console.log((await Promise.all(heard)).join(" / ")); // a clock 120 / a clock 120
```

Run it: `python examples/rooms.py`, and stop it with Ctrl+C.
"""

from socketio_rs import Server, Socket

io = Server(cors="*")
highest: dict[str, int] = {}


@io.event
def enter(socket: Socket, lot: str) -> int:
    """Goes to a lot; a socket may be at several. The answer is the highest bid so far."""
    socket.join(lot)
    return highest.get(lot, 0)


@io.event
def watch(socket: Socket) -> None:
    """Hears every bid, wherever it is made."""
    socket.join("desk")


@io.event
def bid(socket: Socket, lot: str, amount: int) -> str:
    """Tells those at the lot, but not the bidder, and the desk."""
    if lot not in socket.rooms:
        return "enter first"
    if amount <= highest.get(lot, 0):
        return f"too low: {highest[lot]} was bid"
    highest[lot] = amount
    socket.to(lot).emit("bid", lot, amount)
    io.to("desk").emit("any bid", lot, amount)
    return "the highest"


@io.event
def disconnecting(socket: Socket) -> None:
    """Its rooms can still be read here."""
    for lot in socket.rooms & highest.keys():
        socket.to(lot).emit("left", socket.id)


if __name__ == "__main__":
    io.run(port=3000)
