from socketio_rs import Adapter, ConnectionStateRecovery
from socketio_rs.adapter import Session

tell = print


class Keeper(Adapter):
    def __init__(self, namespace):
        super().__init__(namespace)
        self.kept = {}

    def persist_session(self, session):
        tell("persist", len(session.rooms), session.data)
        self.kept[session.pid] = session

    async def restore_session(self, pid, offset):
        tell("restore", offset)
        session = self.kept.pop(pid, None)
        if session is None:
            return None
        missed = [["news", "missed", "2"], ["news", b"bytes", "3"]]
        return Session(session.sid, session.pid, session.rooms, session.data, missed)


OPTIONS = {
    "connection_state_recovery": ConnectionStateRecovery(skip_middlewares=False),
    "adapter": Keeper,
}


def server(io, log):
    global tell
    tell = log

    @io.use
    def ask(socket):
        log("asked", socket.recovered, socket.data.get("name"))

    @io.on("connection")
    def connected(socket):
        log("recovered", socket.recovered, "red" in socket.rooms)

    @io.event
    def enter(socket):
        socket.join("red")
        socket.data["name"] = "ann"
        socket.emit("news", "first", "1")

    @io.event
    def say(socket):
        io.to("red").emit("news", "red", "4")

    @io.event
    def disconnecting(socket):
        log("disconnecting")
