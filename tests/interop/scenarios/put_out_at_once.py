def server(io, log):
    @io.event
    def out(socket, how):
        log("out", how)
        if how == "itself":
            socket.disconnect()
        if how == "by its room":
            io.in_(socket.id).disconnect_sockets()
        if how == "with its connection":
            socket.disconnect(close=True)

    @io.event
    def more(socket, n):
        log("more", n)
