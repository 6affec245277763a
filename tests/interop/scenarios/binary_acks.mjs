// Bytes in acks, from the server and from the client.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("ask", (data, ack) => ack(data, { nested: [Buffer.from("answer")] }));
    socket.on("ask me", async (ack) => {
      log("answer", await socket.emitWithAck("question", Buffer.from("?")));
      ack(Buffer.alloc(0));
    });
  });
}

export async function client({ connect, log }) {
  const socket = await connect();
  socket.on("question", (data, ack) => ack({ bytes: [data, Buffer.from("!")] }));
  const answers = await new Promise((resolve) => {
    socket.emit("ask", Buffer.from([7]), (...values) => resolve(values));
  });
  log("ask", ...answers);
  log("ask me", await socket.emitWithAck("ask me"));
}
