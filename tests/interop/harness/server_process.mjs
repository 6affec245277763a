// The server of a scenario, in a process of its own that prints JSON lines: its port, then what happens.
//
//   {"port": 3000}
//   {"log": [...]}                              what the scenario's server logs
//   {"connected": [nsp, sid]}                   logged for every socket, after the scenario's handlers
//   {"disconnected": [nsp, sid, reason]}
//
// The end of its standard input tells it to stop once all its sockets are gone.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Inbox } from "./inbox.mjs";

export class ServerProcess {
  inbox = new Inbox();
  #left = new Inbox();
  #child;
  #transcript;
  #ended;

  // `command`: the program and its arguments; the scenario's name is added.
  static async start(command, scenario, transcript) {
    const server = new ServerProcess();
    server.#transcript = transcript;
    server.#child = spawn(command[0], [...command.slice(1), scenario], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    server.#child.stdin.on("error", () => {});
    server.#ended = once(server.#child, "close");
    const lines = createInterface({ input: server.#child.stdout });
    const started = Promise.race([
      once(lines, "line"),
      server.#ended.then(() => Promise.reject(new Error("the server ended before it listened"))),
    ]);
    server.port = JSON.parse((await started)[0]).port;
    lines.on("line", (line) => server.#take(JSON.parse(line)));
    return server;
  }

  // Waits until the server has seen the socket leave.
  async gone(sid) {
    await this.#left.take(sid);
  }

  // Tells it to stop; all its lines have been read then.
  async stop() {
    this.#child.stdin.end();
    const [code, signal] = await this.#ended;
    if (code !== 0) throw new Error(`the server ended with ${code ?? signal}`);
  }

  // Rejects when the server ends before it is told to.
  async died() {
    const [code, signal] = await this.#ended;
    throw new Error(`the server ended with ${code ?? signal} in the middle of the script`);
  }

  kill() {
    this.#child.kill("SIGKILL");
  }

  #take({ log, connected, disconnected }) {
    if (connected) this.#transcript.sid(connected[1]);
    if (disconnected) this.#left.put(disconnected[1]);
    const items = log ?? (connected ? ["connected", ...connected] : ["disconnected", ...disconnected]);
    this.#transcript.log("server", items);
    this.inbox.put(items[0]);
  }
}
