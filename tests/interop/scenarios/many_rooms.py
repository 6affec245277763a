ROOMS = [f"room {index}" for index in range(400)]
EVEN = ROOMS[::2]


def server(io, log):
    @io.event
    def join(socket, count):
        socket.join(ROOMS[:count])
        return len(socket.rooms)

    @io.on("leave even")
    def leave_even(socket):
        for room in EVEN:
            socket.leave(room)
        return len(socket.rooms)

    @io.event
    def say(socket):
        io.to(ROOMS).emit("news", "to all rooms")
        io.to(*EVEN).emit("news", "to even rooms")
        io.to(ROOMS).except_(EVEN).emit("news", "to all rooms, not even ones")
        io.except_(ROOMS).emit("news", "to those in none")
        for room in ("room 0", "room 1", "room 399"):
            io.to(room).emit("news", room)
        socket.to(ROOMS).emit("news", "to all rooms of others")

    @io.event
    def mark(socket):
        pass
