// What handshakes show of the request's headers, in each namespace, for each transport of the first request.

const NAMES = ["cookie", "authorization", "user-agent", "origin"];

export function server(io, log) {
  const show = (socket) => {
    const { headers } = socket.handshake;
    const own = Object.entries(headers).filter(([name]) => name.startsWith("x-")).sort();
    log("headers", socket.nsp.name, own, ...NAMES.map((name) => headers[name] ?? null));
    log("request", socket.request.method, headers.host === socket.request.headers.host, socket.handshake.xdomain);
  };
  io.on("connection", show);
  io.of("/two").on("connection", show);
}

export async function client({ connect, log }) {
  const extraHeaders = {
    "X-Upper": "UPPER lower", "x-empty": "", "X-Long": "l".repeat(3000), "x-symbols": "a=b; c=\"d\", e", Cookie: "a=1; b=2",
    Authorization: "Bearer t", "User-Agent": "interop/1",
  };
  const one = await connect("/", { extraHeaders });
  await connect("/two", { over: one });
  await connect("/two", { extraHeaders: { Origin: "null", "x-latin": "caf\u00e9" } });
  log("connected");
}
