// Log lines of one run, with what differs from run to run put into a form that does not.
import { createHash } from "node:crypto";

const LONG = 200;

// As JSON carries it over a pipe: bytes as base64, functions (acks) by name.
export function portable(value) {
  if (typeof value === "function") return "<ack>";
  if (value instanceof ArrayBuffer) value = new Uint8Array(value);
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return { $bytes: Buffer.from(buffer, byteOffset, byteLength).toString("base64") };
  }
  if (Array.isArray(value)) return value.map(portable);
  if (value === null || typeof value !== "object" || value.toJSON) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, portable(each)]));
}

export class Transcript {
  #lines = { client: [], server: [] };
  #names = new Map(); // what is random → its name
  #sids = new Set(); // all that the server has seen

  log(side, items) {
    this.#lines[side].push(items);
  }

  name(random, name) {
    this.#names.set(random, name);
  }

  // An id of the server, which gets a number at the end unless a client has named it.
  sid(sid) {
    this.#sids.add(sid);
  }

  // The lines of both sides, which are two sequences: their interleaving is not defined.
  finish(port) {
    const unnamed = [...this.#sids].filter((sid) => !this.#names.has(sid));
    unnamed.forEach((sid, index) => this.name(sid, `<raw ${index + 1}>`));
    const render = (items) => this.#normalise(items.map(renderItem).join(" "), port);
    return {
      client: this.#lines.client.map(render),
      server: this.#lines.server.map(render),
    };
  }

  #normalise(line, port) {
    for (const [random, name] of this.#names) line = line.replaceAll(random, name);
    return line
      .replaceAll(`:${port}`, ":<port>")
      .replace(/([?&])t=[\w.-]+/g, "$1t=<time>");
  }
}

function renderItem(item, index) {
  if (index === 0 && typeof item === "string") return item;
  return JSON.stringify(shortened(item)) ?? "undefined";
}

function shortened(value) {
  if (typeof value === "string") {
    return value.length > LONG ? `<${value.length} units, ${digest(value)}>` : value;
  }
  if (Array.isArray(value)) return value.map(shortened);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.$bytes === "string") return bytes(Buffer.from(value.$bytes, "base64"));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shortened(each)]));
}

const bytes = (buffer) =>
  buffer.length > LONG ? `<${buffer.length} bytes, ${digest(buffer)}>` : `<bytes ${buffer.toString("hex")}>`;

const digest = (data) => createHash("sha256").update(data).digest("hex").slice(0, 16);
