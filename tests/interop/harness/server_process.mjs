// The servers of a scenario, one for each of its runs, in a process of their own. Each has a socket to us, the descriptors
// from 3 on, and writes JSON lines on it: its port, then what happens.
//
//   {"port": 3000}
//   {"log": [...]}                              what the scenario's server logs
//   {"connected": [nsp, sid]}                   logged for every socket, after the scenario's handlers
//   {"disconnected": [nsp, sid, reason]}
//
// The end of its socket tells a server to stop once all its clients are gone, and that it has stopped.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Inbox } from "./inbox.mjs";

export class ServerProcess {
  #child;
  #ended;

  // `command`: the program and its arguments; the scenario's name and the number of servers are added.
  constructor(command, scenario, count) {
    this.#child = spawn(command[0], [...command.slice(1), scenario, String(count)], {
      stdio: ["ignore", "ignore", "inherit", ...Array(count).fill("pipe")],
      detached: true,
    });
    this.#ended = once(this.#child, "exit");
  }

  // The server of that number, once it listens.
  server(number, transcript) {
    return Server.start(this.#child.stdio[3 + number], transcript);
  }

  // Waits until all servers have stopped.
  async end() {
    const [code, signal] = await this.#ended;
    if (code !== 0) throw new Error(`the server ended with ${code ?? signal}`);
  }

  // With all that it has started.
  kill() {
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}

class Server {
  inbox = new Inbox();
  #left = new Inbox();
  #socket;
  #transcript;
  #ended;

  static async start(socket, transcript) {
    const server = new Server();
    server.#transcript = transcript;
    server.#socket = socket;
    socket.on("error", () => {});
    const lines = createInterface({ input: socket });
    server.#ended = once(lines, "close");
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
    this.#socket.end();
    await this.#ended;
  }

  // Rejects when the server ends before it is told to.
  async died() {
    await this.#ended;
    throw new Error("the server ended in the middle of the script");
  }

  #take({ log, connected, disconnected }) {
    if (connected) this.#transcript.sid(connected[1]);
    if (disconnected) this.#left.put(disconnected[1]);
    const items = log ?? (connected ? ["connected", ...connected] : ["disconnected", ...disconnected]);
    this.#transcript.log("server", items);
    this.inbox.put(items[0]);
  }
}
