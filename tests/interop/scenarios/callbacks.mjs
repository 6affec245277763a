// A callback for answers takes as many arguments as it likes, whatever the client answers with.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("ask", () => {
      socket.emit("answer", "a", () => log("none"));
      socket.emit("answer", "b", (first) => log("first", first));
      socket.emit("answer", "c", (...all) => log("all", all));
      socket.emit("answer", "d", (first, second, ...rest) => log("first, second, rest", first, second, rest));
      socket.timeout(10_000).emit("answer", "e", (error) => log("error", error));
      socket.timeout(10_000).emit("answer", "f", (error, first) => log("error, first", error, first));
      socket.timeout(0).emit("nothing", () => log("late"));
      io.timeout(10_000).emit("answer", "g", (error, answers) => log("error, answers", error, answers));
      io.timeout(10_000).emit("answer", "h", (error) => log("error alone", error));
      io.timeout(10_000).emit("answer", "i", () => log("neither"));
    });
  });
}

export async function client({ connect, server }) {
  const socket = await connect();
  socket.on("answer", (what, ack) => ack(what, [what], { what }));
  socket.emit("ask");
  const labels = ["none", "first", "all", "first, second, rest", "error", "error, first", "error, answers", "error alone", "neither"];
  for (const label of [...labels, "late"]) await server(label);
}
