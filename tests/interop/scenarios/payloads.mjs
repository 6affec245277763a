// Payloads that are checked: the client of one that does not match is told nothing, and the next one is as any other.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("order", (order, answer) => {
      if (typeof order?.item !== "string" || !Number.isInteger(order.count)) {
        return log("mismatch");
      }
      log("order", order.item, order.count);
      answer({ item: order.item, count: order.count + 1 });
    });
    socket.on("point", ({ x, y = 0 }) => socket.emit("moved", { x: x + 1, y }));
  });
}

export async function client({ connect, next, log }) {
  const socket = await connect();
  const answered = [];
  for (const wrong of [null, "tea", {}, { item: "tea" }, { item: 1, count: 1 }, { item: "tea", count: "two" }, []]) {
    socket.emit("order", wrong, () => answered.push(wrong));
  }
  log("answer", await socket.emitWithAck("order", { item: "tea", count: 2, more: true }), answered);
  socket.emit("point", { x: 1 });
  log("moved", ...(await next(socket, "moved")));
  socket.emit("point", { x: 1, y: 2 }, "more");
  log("moved", ...(await next(socket, "moved")));
}
