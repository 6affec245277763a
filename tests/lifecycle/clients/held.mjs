// 20 WebSocket and 20 polling clients while the server's interpreter is held for ten seconds.
import { createRequire } from "node:module";

const require = createRequire(process.env.INTEROP + "/package.json");
const { io } = require("socket.io-client");
const [url, seconds] = [process.argv[2], Number(process.argv[3])];

const connect = (transport) =>
  new Promise((resolve, reject) => {
    const socket = io(url, { transports: [transport], forceNew: true, reconnection: false });
    socket.on("connect", () => resolve(socket));
    socket.on("connect_error", reject);
  });

const lost = [];
const sockets = await Promise.all(
  Array.from({ length: 40 }, (_, i) => connect(i < 20 ? "websocket" : "polling")),
);
for (const socket of sockets) socket.on("disconnect", (reason) => lost.push(reason));

const started = performance.now();
const since = () => (performance.now() - started) / 1000;
const held = sockets[0].emitWithAck("hold", seconds).then(since);
await new Promise((resolve) => setImmediate(resolve));

const handshake = fetch(`${url}/socket.io/?EIO=4&transport=polling`)
  .then((response) => response.text())
  .then((text) => ({ text, at: since() }));

// Each client sends ten marks; the answers tell how many the server has seen before.
const marks = sockets.map((socket) =>
  Promise.all(Array.from({ length: 10 }, (_, i) => socket.emitWithAck("mark", i))),
);

const result = {
  handshake: await handshake,
  released: await held,
  marks: await Promise.all(marks),
  connected: sockets.filter((socket) => socket.connected).length,
  lost,
};
console.log(JSON.stringify(result));
process.exit(0);
