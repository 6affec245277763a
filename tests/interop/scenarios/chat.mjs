// A small chat: names, a history of acks, everybody told of those who come and go.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("enter", (name, ack) => {
      socket.data.name = name;
      socket.join("chat");
      socket.to("chat").emit("entered", name);
      ack(`welcome ${name}`);
    });
    socket.on("say", (text, ack) => {
      log("say", socket.data.name, text);
      io.to("chat").emit("said", { by: socket.data.name, text });
      ack("delivered");
    });
    socket.on("disconnect", () => io.to("chat").emit("left", socket.data.name));
  });
}

export async function client({ connect, next, log }) {
  const [ann, bob, eve] = [await connect(), await connect(), await connect()];
  log("ann", await ann.emitWithAck("enter", "ann"));
  log("bob", await bob.emitWithAck("enter", "bob"));
  log("ann sees", await next(ann, "entered"));
  log("ann", await ann.emitWithAck("say", "hello"));
  for (const socket of [ann, bob]) log("said", await next(socket, "said"));
  log("eve", await eve.emitWithAck("enter", "eve"));
  for (const socket of [ann, bob]) log("entered", await next(socket, "entered"));
  bob.disconnect();
  for (const socket of [ann, eve]) log("left", await next(socket, "left"));
}
