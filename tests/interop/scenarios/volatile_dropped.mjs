// A client that polls and has no request waiting misses what is volatile, and nothing else.

export const transports = ["polling"];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("go", () => {
      socket.volatile.emit("volatile");
      io.volatile.emit("volatile broadcast");
      socket.emit("kept");
      log("gone");
    });
  });
}

export async function client({ request, log, server }) {
  const { sid } = JSON.parse((await request("GET")).body.slice(1));
  log("connect", (await request("POST", sid, "40")).body, (await request("GET", sid)).body.slice(0, 9));
  await request("POST", sid, '42["go"]');
  await server("gone");
  log("poll", await request("GET", sid));
  log("close", await request("POST", sid, "1"));
}
