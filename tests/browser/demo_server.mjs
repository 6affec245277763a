// `python -m socketio_rs demo` in a process of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const SERVING = /serving Socket\.IO on (http:\S+)/;

export class DemoServer {
  #python;
  #child;
  #log = [];

  static async start(python) {
    const server = new DemoServer();
    server.#python = python;
    process.on("exit", () => server.#child?.kill("SIGKILL"));
    await server.#spawn(0);
    return server;
  }

  // Ends it as Ctrl+C does.
  async stop() {
    const ended = once(this.#child, "close");
    this.#child.kill("SIGINT");
    const [code, signal] = await ended;
    if (code !== 0) throw new Error(`the server ended with ${code ?? signal}\n${this.#text()}`);
    // That the loop was held is the machine's doing, where the demo's handlers take no time.
    const faults = this.#log.filter((line) => /^(WARNING|ERROR|Traceback)/.test(line) && !line.includes("held the loop"));
    if (faults.length) throw new Error(`the server logged\n${this.#text()}`);
  }

  // Starts it again where it was.
  async startAgain() {
    await this.#spawn(new URL(this.url).port);
  }

  async #spawn(port) {
    const args = ["-m", "socketio_rs", "demo", "--port", String(port)];
    this.#child = spawn(this.#python, args, { stdio: ["ignore", "inherit", "pipe"] });
    const child = this.#child;
    const lines = createInterface({ input: child.stderr });
    await new Promise((resolve, reject) => {
      lines.on("line", (line) => {
        this.#log.push(line);
        const found = line.match(SERVING);
        if (!found) return;
        this.url = found[1];
        resolve();
      });
      child.on("close", () => reject(new Error(`the server did not listen\n${this.#text()}`)));
      child.on("error", reject);
    });
  }

  #text() {
    return this.#log.join("\n");
  }
}
