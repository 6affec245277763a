// The handlers of the load contract, the same for Node.js and Bun.

export function handle(io) {
  io.on("connection", (socket) => {
    socket.on("echo", (value, ack) => ack(value));
    socket.on("sink", () => {});
    socket.on("join", (room) => socket.join(room));
    socket.on("bcast", (value) => io.to("r").emit("msg", value));
  });
}
