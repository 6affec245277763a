// `io()` of a URL: the path is the namespace, the query goes along with the first request.

export function server(io, log) {
  for (const name of ["/", "/admin", "/a b"]) {
    io.of(name).on("connection", (socket) => {
      const { EIO, transport, t, ...query } = socket.handshake.query;
      log("query", name, query, EIO, typeof transport, socket.request.url === socket.handshake.url);
    });
  }
}

const URLS = [
  "", "/", "/?a=1&b=zw%C3%B6lf%20x&c", "/admin?token=a+b%2Bc", "/admin?a=1&a=2&a=3", "?only=query", "/a b?y=&=z&%20=w",
];

export async function client({ open, ready, log }) {
  for (const url of URLS) {
    const socket = open(undefined, { url });
    await ready(socket);
    log("url", url, socket.nsp);
    socket.disconnect();
  }
  const query = { list: ["x", "y"], n: 1.5, yes: true, nothing: null, "k y": "v&=#", unicode: "\ud83d\udc69" };
  await ready(open("/", { query }));
}
