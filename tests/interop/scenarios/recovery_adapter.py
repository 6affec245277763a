from socketio_rs import ConnectionStateRecovery

OPTIONS = {"connection_state_recovery": ConnectionStateRecovery(skip_middlewares=False)}


class Keeper:
    def __init__(self, log):
        self.log = log
        self.kept = {}

    def persist(self, sid, pid, rooms, data):
        self.log("persist", len(rooms), data)
        self.kept[pid] = (sid, pid, rooms, data)

    async def restore(self, pid, offset):
        self.log("restore", offset)
        session = self.kept.pop(pid, None)
        missed = [["news", "missed", "2"], ["news", b"bytes", "3"]]
        return session and (*session, missed)


def server(io, log):
    io.sockets._core.sessions = Keeper(log)

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
