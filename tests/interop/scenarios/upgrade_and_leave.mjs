// Either side ends the socket or the connection while it is being upgraded.

export const transports = ["upgrade"];

export function server(io, log) {
  io.on("connection", (socket) => {
    const { end } = socket.handshake.auth;
    socket.emit("hello", end);
    socket.on("end", () => socket.disconnect(end === "server closes"));
    if (end === "server at once") socket.disconnect();
  });
}

export async function client({ open, next, server, log }) {
  for (const end of ["server leaves", "server closes", "server at once", "client leaves"]) {
    const socket = open("/", { auth: { end } });
    const { engine } = socket.io;
    const upgrading = new Promise((resolve) => ["upgrading", "close"].forEach((name) => engine.once(name, resolve)));
    log("hello", await next(socket, "hello"));
    await upgrading;
    if (end === "client leaves") socket.disconnect();
    else if (end !== "server at once") socket.emit("end");
    log("left", end, (await next(socket, "disconnect"))[0]);
    await server("disconnected");
  }
}
