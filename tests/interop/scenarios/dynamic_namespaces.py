import asyncio
import re

from socketio_rs import ConnectError


def server(io, log):
    @io.on("new_namespace")
    def new_namespace(nsp):
        log("new", nsp.name)

    async def is_asked(name, auth):
        await asyncio.sleep(0)
        log("asked", name, auth)
        return name == "/asked" and auth.get("token") == "secret"

    def is_last(name, auth):
        log("last", name)
        return name == "/last"

    rooms = io.of(re.compile(r"/room-\d+"))
    for parent in (rooms, io.of(is_asked), io.of(is_last)):
        serve(io, parent, rooms, log)

    @io.event
    def make(socket, name):
        return io.of(name).name, io.of(name) is io.of(name)


def serve(io, parent, rooms, log):
    @parent.use
    def middleware(socket):
        log("middleware", socket.nsp.name)
        if socket.handshake.auth.get("stop"):
            raise ConnectError("stopped")

    @parent.on("connection")
    def connection(socket):
        log("connection", socket.nsp.name)

    @parent.event
    def where(socket):
        return socket.nsp.name, io.of(socket.nsp.name) is socket.nsp

    @parent.event("tell all")
    def tell_all(socket):
        rooms.emit("told", socket.nsp.name)

    @parent.event
    def tell(socket):
        rooms.to("members").emit("member", b"x")

    @parent.event
    def join(socket):
        socket.join("members")
