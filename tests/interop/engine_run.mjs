// Runs npm's `engine.io-client` against npm's `engine.io`, or against a server that a command starts, and prints what
// both sides have seen. `node engine_run.mjs TRANSPORT [COMMAND...]`, TRANSPORT as in run.mjs.
//
// The server: echoes messages; `count` is answered with the number of clients, `close me` with `bye` and the end.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { listen } from "engine.io";
import { Socket } from "engine.io-client";
import { TRANSPORTS } from "./harness/clients.mjs";

const [transport, ...command] = process.argv.slice(2);
const seen = { client: [], server: [] };
let closes = 0;
let closed = () => {};

function note(line) {
  seen.server.push(line);
  if (line[0] === "close") {
    closes += 1;
    closed();
  }
}

async function serverCloses(count) {
  while (closes < count) await new Promise((resolve) => (closed = resolve));
}

async function reference() {
  const engine = listen(0, { allowRequest: (request, callback) => callback("not you", !request.headers["x-bad"]) });
  engine.on("connection", (socket) => {
    note(["connection", socket.transport.name]);
    socket.on("upgrade", (transport) => note(["upgrade", transport.name]));
    socket.on("close", (reason) => note(["close", reason]));
    socket.on("message", (data) => {
      if (data === "count") socket.send(String(engine.clientsCount));
      else if (data === "close me") {
        socket.send("bye");
        socket.close();
      } else socket.send(data);
    });
  });
  await new Promise((resolve) => engine.httpServer.once("listening", resolve));
  const end = () => new Promise((resolve) => engine.httpServer.close(resolve));
  return { port: engine.httpServer.address().port, end };
}

async function other() {
  const child = spawn(command[0], command.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const port = await new Promise((resolve) => {
    lines.on("line", (text) => {
      const line = JSON.parse(text);
      if (line[0] === "port") resolve(line[1]);
      else note(line);
    });
  });
  return { port, end: () => child.kill() };
}

const { port, end } = await (command.length ? other() : reference());

function open(options) {
  const socket = new Socket(`http://127.0.0.1:${port}`, { transports: TRANSPORTS[transport], ...options });
  const waiting = [];
  const came = [];
  const put = (...item) => (waiting.length ? waiting.shift()(item) : came.push(item));
  socket.binaryType = "nodebuffer";
  socket.on("open", () => put("open"));
  socket.on("message", (data) => put("message", data));
  socket.on("close", (reason) => put("close", reason));
  socket.on("error", (error) => put("error", error.context?.responseText ?? ""));
  const upgraded = new Promise((resolve) => socket.once("upgrade", resolve));
  const next = () => (came.length ? came.shift() : new Promise((resolve) => waiting.push(resolve)));
  return { socket, next, upgraded };
}

const told = (item) =>
  item.map((value) => (Buffer.isBuffer(value) ? ["bytes", ...value] : value?.length > 100 ? value.length : value));

const one = open();
seen.client.push(await one.next());
if (TRANSPORTS[transport].length > 1) await one.upgraded;
for (const data of ["text", "", "é👩", Buffer.from([0, 255]), Buffer.alloc(0), "x".repeat(300_000), "count"]) {
  one.socket.send(data);
  seen.client.push(told(await one.next()));
}
const two = open();
await two.next();
if (TRANSPORTS[transport].length > 1) await two.upgraded;
two.socket.send("count");
seen.client.push(await two.next());
two.socket.close();
seen.client.push(await two.next());
await serverCloses(1);
one.socket.send("close me");
seen.client.push(await one.next(), await one.next());
await serverCloses(2);
const refused = open({ extraHeaders: { "x-bad": "1" } });
seen.client.push(await refused.next());
await end();
console.log(JSON.stringify(seen));
