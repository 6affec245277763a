// Packets out of place close the connection that sent them; answers that nobody waits for do not.

const PACKETS = ['2/other,["x"]', "1/other,", '3/other,0["x"]', "0", '4{"message":"no"}', '0/two,{}'];
const HARMLESS = ['3999["x"]', '399999999999["x"]', "0/unknown,", '2["nobody listens"]'];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("ask", (ack) => ack("fine"));
  });
  io.of("/two");
  io.of("/other");
}

export async function client({ connect, polling, next, log, server }) {
  const harmless = await connect();
  for (const packet of HARMLESS) harmless.io.engine.write(packet);
  log("harmless", await harmless.emitWithAck("ask"));
  for (const packet of PACKETS) {
    const socket = await connect();
    const two = await connect("/two", { over: socket });
    await polling(socket);
    socket.io.engine.write(packet);
    for (const each of [socket, two]) log("closed", packet, (await next(each, "disconnect"))[0]);
    await server("disconnected");
    await server("disconnected");
  }
}
