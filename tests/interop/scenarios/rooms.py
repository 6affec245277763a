def server(io, log):
    @io.event
    def join(socket, rooms):
        socket.join(rooms)
        return sorted(socket.rooms - {socket.id})

    @io.event
    def leave(socket, room):
        socket.leave(room)
        return sorted(socket.rooms - {socket.id})

    @io.event
    def say(socket):
        io.to("red").emit("news", "to red")
        io.in_("red", "blue").emit("news", "in red and blue")
        io.to("red").to("blue").except_("green").emit("news", "red and blue, not green")
        io.except_("blue").emit("news", "all but blue")
        io.except_(["blue", "green"]).emit("news", "all but blue and green")
        io.to("nobody").emit("news", "to nobody")
        socket.to("red").emit("news", "others in red")
        socket.to("red").to("green").emit("news", "others in red and green")
        socket.broadcast.emit("news", "others")
        socket.except_("green").emit("news", "others but green")
        socket.broadcast.to("blue").emit("news", "others in blue")
        socket.to(socket.id).emit("news", "nobody: it is the sender")
        io.to(socket.id).emit("news", "by id")
        socket.emit("news", "to it alone")
        io.emit("mark")
