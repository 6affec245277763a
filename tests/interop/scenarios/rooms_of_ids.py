def server(io, log):
    @io.event
    def join(socket, room):
        socket.join(room)
        return room in socket.rooms, len(socket.rooms)

    @io.event
    def leave(socket, room):
        socket.leave(room)
        return room in socket.rooms, len(socket.rooms)

    @io.event
    def say(socket, sid):
        io.to(sid).emit("news", "to the id")
        io.except_(sid).emit("news", "to all but the id")
        socket.to(sid).emit("news", "to others in the id's room")
        socket.broadcast.emit("news", "to others")
        socket.emit("news", "to itself")

    @io.event
    def mark(socket):
        pass
