// Engines of npm's `engine.io`, as many as the tests ask for: `server.py` with the reference.
//
// Commands come as lines of JSON, and what engines see leaves as lines of JSON. Options have the names and units of
// ours; a regular expression is `{ regexp }`.
import { createInterface } from "node:readline";
import { listen } from "engine.io";

const SECONDS = ["pingInterval", "pingTimeout", "upgradeTimeout"];
const engines = new Map();

const tell = (...line) => console.log(JSON.stringify(line));
const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()).replace("Eio", "EIO");

function revived(_key, value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  if ("regexp" in value) return new RegExp(value.regexp);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [camel(name), each]));
}

function translated({ cors, ...options }) {
  for (const name of SECONDS) if (name in options) options[name] = Math.round(options[name] * 1000);
  if (cors === undefined) return options;
  const { origins, ...others } = typeof cors === "string" || Array.isArray(cors) ? { origins: cors } : cors;
  return { ...options, cors: origins === undefined ? others : { origin: origins, ...others } };
}

function allowRequest(request, callback) {
  const refusal = request.headers["x-refuse"];
  callback(refusal || null, refusal === undefined);
}

function make(behaviour, given) {
  const options = translated(given);
  if (behaviour === "refuses") options.allowRequest = allowRequest;
  const engine = listen(0, options);
  if (behaviour === "wraps") {
    engine.use((request, response, next) => {
      response.setHeader("x-wrapped", request.method);
      next(request.headers["x-refuse"] === undefined ? undefined : new Error("refused"));
    });
  }
  if (behaviour === "names") {
    engine.generateId = async (request) => {
      if ("x-refuse" in request.headers) throw new Error("no name");
      return `named-${engine.clientsCount}-0123456789ab`.slice(0, 20);
    };
  }
  if (behaviour === "heads") {
    engine.on("initial_headers", (headers) => (headers["X-First"] = "1"));
    engine.on("headers", (headers) => (headers["X-Each"] = ["a", "b"]));
  }
  if (behaviour === "reports") {
    engine.on("connection_error", ({ code, message, context }) => tell("error", code, message, context));
  }
  engine.on("connection", (socket) => connected(engine, behaviour, socket));
  return engine;
}

function connected(engine, behaviour, socket) {
  tell(socket.id, "connection", socket.transport.name);
  socket.on("upgrade", (transport) => tell(socket.id, "upgrade", transport.name));
  socket.on("close", (reason) => tell(socket.id, "close", reason));
  socket.on("message", (data) => {
    if (behaviour === "listens") tell(socket.id, "message", String(data));
    else if (data === "close me") socket.close();
    else if (data === "bye") {
      socket.send("bye");
      socket.close();
    } else if (data === "count") socket.send(String(engine.clientsCount));
    else socket.send(data);
  });
  if (behaviour === "greets") socket.send("hello");
  if (behaviour === "leaves") socket.close();
}

const commands = {
  async start(number, behaviour, options) {
    const engine = make(behaviour, options);
    await new Promise((resolve) => engine.httpServer.once("listening", resolve));
    engines.set(number, engine);
    return [engine.httpServer.address().port];
  },
  stop(number) {
    engines.get(number).close();
    engines.get(number).httpServer.close();
    return [];
  },
  close(number, sid) {
    engines.get(number).clients[sid]?.close();
    return [];
  },
  send(number, sid, ...messages) {
    for (const message of messages) engines.get(number).clients[sid]?.send(message);
    return [];
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...rest] = JSON.parse(line, revived);
  tell("done", ...(await commands[command](...rest)));
}
