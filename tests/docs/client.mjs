// Runs the script on standard input with the official client: `node client.mjs URL LINES`.
//
// `io` is the client, and http://127.0.0.1:3000 stands for URL, as a path does. It ends well once the script has run, every socket
// that it made has connected or was refused, and it has printed that many lines.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

// The official client is installed beside the scenarios that compare us with the reference.
const { io: connect } = createRequire(new URL("../interop/package.json", import.meta.url))("socket.io-client");
const [url, lines] = process.argv.slice(2);
const settled = [];
const sockets = [];
let left = Number(lines);
let allPrinted;
const printed = new Promise((resolve) => (allPrinted = resolve));

function io(target = "/", options = {}) {
  const { host, pathname, href } = new URL(target, url);
  const address = host === "127.0.0.1:3000" ? new URL(pathname, url).href : href;
  const socket = connect(address, { forceNew: true, ...options });
  sockets.push(socket);
  settled.push(new Promise((resolve) => socket.once("connect", resolve).once("connect_error", resolve)));
  return socket;
}

const log = console.log;
console.log = (...values) => {
  log(...values);
  left -= 1;
  if (left === 0) allPrinted();
};

const script = await text(process.stdin);
const body = script.replace(/^import .*/gm, "") || "io();";
await new (async () => {}).constructor("io", body)(io);
await Promise.all(settled);
if (left > 0) await printed;
for (const socket of sockets) socket.disconnect();
