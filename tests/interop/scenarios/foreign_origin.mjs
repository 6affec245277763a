// Pages of other origins, with a list of those that may use the server.

export const transports = ["websocket"];
export const options = { cors: { origin: ["https://app.example"] } };

export function server(io, log) {
  io.on("connection", (socket) => log("here", socket.handshake.headers.origin ?? null));
}

export async function client({ open, nextOf, log }) {
  for (const origin of ["https://app.example", "https://evil.example", undefined]) {
    const socket = open("/", { extraHeaders: origin ? { origin } : {} });
    const [name] = await nextOf(socket, "connect", "connect_error");
    log("origin", origin ?? null, name);
  }
}
