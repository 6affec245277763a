// Reference servers of one scenario: `node run_server.mjs SCENARIO COUNT`; what they write and where is told in
// harness/server_process.mjs.
import { createServer } from "node:http";
import { Socket } from "node:net";
import { Server as Engine } from "engine.io";
import { Server } from "socket.io";
import { portable } from "./harness/transcript.mjs";

const [name, count] = process.argv.slice(2);
const { options, server, hasEngine } = await import(new URL(`scenarios/${name}.mjs`, import.meta.url));
let running = Number(count);
for (let number = 0; number < count; number += 1) serve(new Socket({ fd: 3 + number, allowHalfOpen: true }));

function serve(control) {
  const print = (line) => control.write(`${JSON.stringify(line)}\n`);
  const reasons = new WeakMap();
  let open = 0;
  let stopping = false;

  // As a server that is given a port alone answers what is not its own.
  const httpServer = createServer((request, response) => response.writeHead(404).end());
  const engine = hasEngine ? new Engine() : undefined;
  engine?.attach(httpServer, { path: "/socket.io" });
  const io = new Server(engine ? undefined : httpServer, { serveClient: false, ...options });
  const namespaces = [];
  const remember = (namespace) => {
    namespaces.push(namespace);
    namespace.on("connection", noteReason);
  };
  remember(io.sockets);
  io.on("new_namespace", remember);
  server(io, (...items) => print({ log: portable(items) }), engine);
  namespaces.forEach(watch);
  io.on("new_namespace", watch);

  // Before the scenario's own handlers, since one of them may disconnect the socket at once.
  function noteReason(socket) {
    socket.once("disconnect", (reason) => reasons.set(socket, reason));
  }

  // After the scenario's own handlers, so that their lines come first.
  function watch(namespace) {
    namespace.on("connection", (socket) => {
      open += 1;
      print({ connected: [namespace.name, socket.id] });
      const gone = () => {
        open -= 1;
        print({ disconnected: [namespace.name, socket.id, reasons.get(socket)] });
        stopWhenIdle();
      };
      if (reasons.has(socket)) gone();
      else socket.once("disconnect", gone);
    });
  }

  function stopWhenIdle() {
    // What has been printed goes out first; connections that linger do not matter any more.
    if (stopping && open === 0) control.end(() => --running || process.exit());
  }

  control.resume().on("end", () => {
    stopping = true;
    stopWhenIdle();
  });
  httpServer.listen(0, "127.0.0.1", () => print({ port: httpServer.address().port }));
}
