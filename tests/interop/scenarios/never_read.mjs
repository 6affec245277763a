// A client that never reads, while 6 MB are sent to it.

export const transports = ["polling"];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("go", () => {
      for (let n = 0; n < 60; n += 1) socket.emit("block", Buffer.alloc(100_000));
      log("sent");
    });
    socket.on("bye", () => socket.disconnect());
  });
}

export async function client({ request, server, log }) {
  const { sid } = JSON.parse((await request("GET")).body.slice(1));
  await request("POST", sid, "40");
  await request("GET", sid);
  await request("POST", sid, '42["go"]');
  await server("sent");
  await request("GET"); // Another session: what was sent has been looked at by then.
  await request("POST", sid, '42["bye"]');
  await server("disconnected");
}
