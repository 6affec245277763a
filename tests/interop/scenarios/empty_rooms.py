def server(io, log):
    @io.event
    def say(socket):
        io.to([]).emit("news", "to no rooms")
        io.to([]).except_([]).emit("news", "to no rooms, except in no rooms")
        io.except_([]).emit("news", "except in no rooms")
        io.to([]).to(socket.id).emit("news", "to one room")
        socket.to([]).emit("news", "others in no rooms")

    @io.event
    def mark(socket):
        pass
