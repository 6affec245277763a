// What a client script is given: connections of the official client, and waiting without sleeps.
import { Socket as Engine } from "engine.io-client";
import { io, Manager } from "socket.io-client";
import { WebSocket } from "ws";
import { Inbox } from "./inbox.mjs";
import { probe } from "./probe.mjs";
import { portable } from "./transcript.mjs";

export const TRANSPORTS = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};

export class Clients {
  #url;
  #transports;
  #server;
  #transcript;
  #inboxes = new Map(); // in order of creation
  #rawSids = new Map(); // bare connection → the ids of its sockets
  #count = { sid: 0, conn: 0 };

  constructor(transport, server, transcript) {
    this.#url = `http://127.0.0.1:${server.port}`;
    this.#transports = TRANSPORTS[transport];
    this.#server = server;
    this.#transcript = transcript;
  }

  // The functions of this class that scripts may use, free of `this`.
  get tools() {
    const names = ["open", "ready", "connect", "upgraded", "polling", "next", "nextOf", "server"];
    const raw = ["engine", "websocket", "request", "log"];
    const tools = Object.fromEntries([...names, ...raw].map((name) => [name, this[name].bind(this)]));
    return { ...tools, probe: (...args) => probe(tools, ...args) };
  }

  log(...items) {
    this.#transcript.log("client", portable(items));
  }

  // A socket on a connection of its own, or on that of another socket (`over`); not connected yet.
  // With `url`, what stands behind the port, `io()` finds namespace and query in it.
  open(nsp = "/", { over, url, auth, retries, ackTimeout, ...options } = {}) {
    const own = { auth, retries, ackTimeout };
    const socket =
      url === undefined
        ? (over?.io ?? this.#manager(options)).socket(nsp, own)
        : io(`${this.#url}${url}`, { ...this.#managed(options), ...own, forceNew: true });
    if (!over) this.#name(socket.io);
    const inbox = this.#record(socket);
    const number = ++this.#count.sid;
    let times = 0;
    socket.on("connect", () => {
      this.#transcript.name(socket.id, `<sid ${number}${times++ ? `, time ${times}` : ""}>`);
      inbox.put("connect");
    });
    socket.on("connect_error", (error) => inbox.put("connect_error", error));
    socket.on("disconnect", (reason, details) => inbox.put("disconnect", reason, details));
    socket.onAny((event, ...args) => inbox.put(event, ...args));
    return socket;
  }

  // Waits until the socket is connected, and over WebSocket where the run is about the upgrade.
  async ready(socket) {
    const [name, error] = await this.nextOf(socket, "connect", "connect_error");
    if (name === "connect_error") throw error;
    await this.upgraded(socket);
    return socket;
  }

  connect(nsp, options) {
    return this.ready(this.open(nsp, options));
  }

  // Waits until the client, if it polls, has a request waiting at the server: until its next one is out.
  async polling(socket) {
    const { transport } = socket.io.engine;
    if (transport.name === "polling" && !transport._polling)
      await new Promise((resolve) => transport.once("poll", resolve));
  }

  async upgraded(socket) {
    const { engine } = socket.io;
    if (this.#transports.length > 1 && engine.transport.name === "polling")
      await new Promise((resolve) => engine.once("upgrade", resolve));
  }

  // The arguments of the next event of that name which was not taken yet.
  async next(from, event) {
    const [, ...args] = await this.nextOf(from, event);
    return args;
  }

  // The same for the first of several names: `[name, ...arguments]`.
  nextOf(from, ...events) {
    return this.#inboxes.get(from).take(...events);
  }

  // Waits until the server has logged a line with this label, once for each such line.
  async server(label) {
    await this.#server.inbox.take(label);
  }

  // A bare Engine.IO connection; `next(engine, "message")`.
  engine(options) {
    const engine = new Engine(this.#url, {
      path: "/socket.io/",
      transports: this.#transports,
      ...options,
    });
    const inbox = this.#record(engine);
    for (const name of ["open", "message", "close"])
      engine.on(name, (...args) => inbox.put(name, ...args));
    engine.on("message", (packet) => this.#noteSid(engine, packet));
    return engine;
  }

  // A bare WebSocket connection of a new session; `next(websocket, "message")`.
  websocket() {
    const websocket = new WebSocket(`${this.#url}/socket.io/?EIO=4&transport=websocket`);
    const inbox = this.#record(websocket);
    websocket.on("open", () => inbox.put("open"));
    websocket.on("message", (data, binary) => {
      inbox.put("message", binary ? data : data.toString());
      if (data[0] === 0x34) this.#noteSid(websocket, data.toString().slice(1));
    });
    websocket.on("close", (code) => inbox.put("close", code));
    return websocket;
  }

  // A bare polling request.
  async request(method, sid, body) {
    const session = sid ? `&sid=${sid}` : "";
    const url = `${this.#url}/socket.io/?EIO=4&transport=polling${session}`;
    const response = await fetch(url, { method, body });
    return { status: response.status, body: await response.text() };
  }

  // Leaves with one socket after the other, so that the server sees them go in this order.
  async close() {
    for (const from of this.#inboxes.keys()) {
      const sids = from.io ? [from.id].filter(Boolean) : (this.#rawSids.get(from) ?? []);
      if (from.io) from.disconnect();
      else from.close();
      for (const sid of sids) await this.#server.gone(sid);
    }
    for (const from of this.#inboxes.keys()) from.io?.engine?.close();
  }

  get missing() {
    return [...this.#inboxes.values(), this.#server.inbox].flatMap((inbox) => inbox.missing);
  }

  #manager(options) {
    return new Manager(this.#url, this.#managed(options));
  }

  #managed(options) {
    return { transports: this.#transports, reconnection: false, ...options };
  }

  #name(manager) {
    const number = ++this.#count.conn;
    manager.on("open", () => this.#transcript.name(manager.engine.id, `<conn ${number}>`));
  }

  #noteSid(raw, packet) {
    const [, sid] = /^0(?:\/[^,]*,)?\{"sid":"([^"]+)"/.exec(packet) ?? [];
    if (sid) this.#rawSids.set(raw, [...(this.#rawSids.get(raw) ?? []), sid]);
  }

  #record(from) {
    const inbox = new Inbox();
    this.#inboxes.set(from, inbox);
    return inbox;
  }
}
