"""Acks in both directions: the server answers, and asks.

```js
const socket = io("http://127.0.0.1:3000");
socket.on("guess", (low, high, answer) => answer(Math.floor((low + high) / 2)));
console.log(await socket.emitWithAck("play", 37)); // found in 3
console.log((await socket.emitWithAck("play", 1_000)).error.message); // a number from 1 to 100

const lazy = io("http://127.0.0.1:3000");
console.log(await lazy.emitWithAck("play", 7)); // you did not answer
```

Run it: `python examples/acks.py`, and stop it with Ctrl+C.
"""

from socketio_rs import AckTimeout, EventError, Server, Socket

io = Server(cors="*")


@io.event
async def play(socket: Socket, number: int) -> str:
    """Has the client guess its own number; the return value is the ack."""
    if not 1 <= number <= 100:
        raise EventError("a number from 1 to 100")
    low, high = 1, 100
    for count in range(1, 8):
        try:
            guess = await socket.timeout(1).emit_with_ack("guess", low, high)
        except AckTimeout:
            return "you did not answer"
        if guess == number:
            return f"found in {count}"
        low, high = (guess + 1, high) if guess < number else (low, guess - 1)
    return "not found"


if __name__ == "__main__":
    io.run(port=3000)
