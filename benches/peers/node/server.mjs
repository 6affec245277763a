// The load contract on socket.io and Node.js: prints its port.

import { createServer } from "node:http";
import { Server } from "socket.io";
import { handle } from "../contract.mjs";

const http = createServer();
handle(new Server(http, { serveClient: false, httpCompression: false }));
http.listen(0, "127.0.0.1", 4096, () => console.log(http.address().port));
