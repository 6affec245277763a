// Volatile events arrive at clients that can take them; a client's own, sent before it connects, never do.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("lost", () => log("this never comes"));
    socket.on("kept", (text) => log("kept", text));
    socket.on("go", (kind, ack) => {
      const operators = { socket: socket.volatile, all: io.volatile, room: io.to(socket.id).volatile };
      operators[kind].emit("tick", kind, [1, 2]);
      ack();
    });
  });
}

export async function client({ open, ready, polling, next, log, server }) {
  const socket = open();
  socket.volatile.emit("lost");
  socket.emit("kept", "buffered");
  await ready(socket);
  await server("kept");
  for (const kind of ["socket", "all", "room"]) {
    let arrived = false;
    socket.once("tick", () => (arrived = true));
    while (!arrived) {
      await polling(socket);
      await socket.emitWithAck("go", kind);
    }
    log("tick", ...(await next(socket, "tick")));
  }
}
