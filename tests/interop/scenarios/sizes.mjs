// Small and large events in turn, text and bytes, to and from two namespaces of one connection: all in order.

const SIZES = [0, 1, 124, 125, 126, 127, 128, 1000, 65_534, 65_535, 65_536, 65_537, 90_000, 3];

export function server(io, log) {
  for (const name of ["/", "/two"]) {
    io.of(name).on("connection", (socket) => {
      socket.on("data", (index, data) => {
        log("data", name, index, data.length);
        socket.emit("data", index, data);
        io.of(name).emit("to all", index, [data, data.length]);
      });
    });
  }
}

export async function client({ connect, next, log }) {
  const one = await connect();
  const two = await connect("/two", { over: one });
  for (const socket of [one, two]) {
    for (const [index, size] of SIZES.entries()) {
      socket.emit("data", index, index % 2 ? "é".repeat(size) : Buffer.alloc(size, index));
    }
    for (const _ of SIZES) {
      log("data", socket.nsp, ...(await next(socket, "data")));
      const [index, [data, length]] = await next(socket, "to all");
      log("to all", index, length === data.length, length);
    }
  }
}
