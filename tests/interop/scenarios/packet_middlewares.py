def server(io, log):
    @io.on("connection")
    def connected(socket):
        socket.on_any(lambda event: log("any", event))

        @socket.use
        async def first(event, args):
            log("first", event, len(args))
            if event == "forbidden":
                raise ValueError("not this one")

        @socket.use
        def second(event, args):
            log("second", event)
            return ["other"] if event == "changed" else None

        socket.on("error", lambda error: log("error", str(error)))
        for event in ("chat", "changed", "forbidden"):
            socket.on(event, lambda value, event=event: log(event, value))
        socket.on("end", lambda: "end")
