// What a client says of itself when it connects: query, headers, auth; one handshake per socket.

export function server(io, log) {
  const show = ({ nsp, handshake: { address, auth, headers, query, secure, url, xdomain } }) => {
    log("handshake", nsp.name, auth, query.token, query.EIO, query.transport, headers["x-custom"]);
    log("from", address, secure, xdomain, url.split("?")[0]);
  };
  io.on("connection", show);
  io.of("/admin").on("connection", show);
}

export async function client({ connect, log }) {
  const query = { token: "a b&c=é" };
  const socket = await connect("/", { query, extraHeaders: { "X-Custom": "mine" }, auth: { user: "ann", n: [1, null] } });
  log("connected", socket.connected, socket.id.length);
  await connect("/admin", { over: socket, auth: (answer) => answer({ from: "function" }) });
  await connect("/admin", { extraHeaders: { Origin: "http://elsewhere.example" } });
}
