// Acks that are still open when a socket leaves: the client's own fail, and what is answered later goes nowhere.

export function server(io, log) {
  const open = [];
  io.on("connection", (socket) => {
    socket.on("hold", (n, ack) => {
      open.push(ack);
      log("held", n);
    });
    socket.on("ask me", () => {
      socket.emit("question", () => log("this never comes"));
    });
    socket.on("answer", (ack) => {
      log("answering", open.length);
      open.splice(0).forEach((each) => each("late"));
      ack();
    });
  });
}

export async function client({ connect, next, log, server }) {
  const other = await connect();
  const outcome = (promise) => promise.then((value) => ["answer", value], (error) => ["error", error.message]);
  for (const how of ["socket", "connection"]) {
    const socket = await connect();
    const held = [outcome(socket.timeout(10_000).emitWithAck("hold", how)), outcome(socket.emitWithAck("hold", how))];
    await server("held");
    await server("held");
    let answer;
    socket.on("question", (ack) => (answer = ack));
    socket.emit("ask me");
    await next(socket, "question");
    if (how === "socket") socket.disconnect();
    else socket.io.engine.close();
    answer("too late");
    log(how, (await next(socket, "disconnect"))[0], await Promise.all(held));
    await server("disconnected");
    await other.emitWithAck("answer");
  }
}
