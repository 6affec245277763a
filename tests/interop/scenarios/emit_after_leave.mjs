// What a server sends to a socket that has left, while its connection stays: events, acks, broadcasts.

export const transports = ["polling", "websocket"];

export function server(io, log) {
  const left = [];
  io.of("/two").on("connection", (socket) => {
    socket.join("room");
    socket.on("wait", (ack) => {
      left.push(socket, ack);
      log("waits");
    });
    socket.on("out", (ack) => {
      left.push(socket, ack);
      socket.disconnect();
    });
  });
  io.on("connection", (socket) => {
    socket.on("ask", (ack) => {
      for (const [index, each] of left.splice(0).entries()) {
        if (index % 2) each("late");
        else {
          each.emit("late");
          io.of("/two").to("room").to(each.id).emit("late");
          each.join("room");
          io.of("/two").to("room").emit("late");
        }
      }
      ack();
    });
  });
}

export async function client({ engine, next, server, log }) {
  const raw = engine();
  await next(raw, "open");
  raw.write("0");
  await next(raw, "message");
  for (const event of ["wait", "out"]) {
    raw.write("0/two,");
    await next(raw, "message");
    raw.write(`2/two,1["${event}"]`);
    if (event === "wait") {
      await server("waits");
      raw.write("1/two,");
    }
    await server("disconnected");
    raw.write('29["ask"]');
    const answers = [];
    while (answers.at(-1) !== "39[]") answers.push(...(await next(raw, "message")));
    log("answers", answers);
  }
}
