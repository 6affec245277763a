// The load contract on socket.io and Bun's engine: prints its port.

import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";
import { handle } from "../contract.mjs";

const io = new Server();
const engine = new Engine({ path: "/socket.io/" });
io.bind(engine);
handle(io);
const server = Bun.serve({ port: 0, hostname: "127.0.0.1", ...engine.handler() });
console.log(server.port);
