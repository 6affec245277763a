// Numbers, nothing, and what JavaScript or the server mean by other things, as names of events.

const NAMES = [
  "1", "-1.5", "", " ", "toString", "constructor", "hasOwnProperty", "__proto__", "a,b", "[1]", '"quoted"',
  "connection", "new_namespace", "message",
];

export function server(io, log) {
  io.on("connection", (socket) => {
    for (const name of NAMES) {
      socket.on(name, (value, ack) => {
        log("event", name, value);
        socket.emit(name, value);
        ack(name);
      });
    }
    socket.on("end", (ack) => ack());
  });
}

export async function client({ connect, next, log }) {
  const socket = await connect();
  for (const name of [1, -1.5]) log("number", await socket.emitWithAck(name, name), await next(socket, String(name)));
  for (const name of NAMES.slice(2)) log("name", await socket.emitWithAck(name, 0), await next(socket, name));
  socket.emit("nobody listens", 1, () => log("this never comes"));
  await socket.emitWithAck("end");
}
