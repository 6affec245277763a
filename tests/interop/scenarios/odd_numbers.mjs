// Numbers that come back in another form: JavaScript has one kind of them.

export const transports = ["polling", "websocket"];

const NUMBERS = ["9007199254740993", "1.0", "1e21"];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("echo", (n) => socket.emit("echo", n));
    socket.on("ask", (ack) => ack());
  });
}

export async function client({ probe, log }) {
  for (const n of NUMBERS) log("number", n, await probe([`2["echo",${n}]`]));
}
