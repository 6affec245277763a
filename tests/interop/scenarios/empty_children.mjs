// Children that are empty are forgotten, and made anew; the others, and those of the application, are kept.

export const options = { cleanupEmptyChildNamespaces: true };

export function server(io, log) {
  io.of("/static");
  io.on("new_namespace", (nsp) => log("new", nsp.name));
  const parent = io.of(/^\/child-\d$/);
  parent.use((socket, next) => next(socket.handshake.auth.stop ? new Error("stopped") : undefined));
  io.of("/static").on("connection", () => {});
}

export async function client({ open, connect, next, server }) {
  const main = await connect();
  for (let round = 0; round < 2; round++) {
    const first = await connect("/child-1", { over: main });
    const second = await connect("/child-1");
    for (const socket of [first, second]) {
      socket.disconnect();
      await server("disconnected");
    }
    await next(open("/child-2", { over: main, auth: { stop: true } }), "connect_error");
    const still = await connect("/static", { over: main });
    still.disconnect();
    await server("disconnected");
  }
}
