def server(io, log):
    @io.event
    def enter(socket, name):
        socket.data["name"] = name
        socket.join("chat")
        socket.to("chat").emit("entered", name)
        return f"welcome {name}"

    @io.event
    def say(socket, text):
        log("say", socket.data["name"], text)
        io.to("chat").emit("said", {"by": socket.data["name"], "text": text})
        return "delivered"

    @io.event
    def disconnect(socket):
        io.to("chat").emit("left", socket.data.get("name"))
