from socketio_rs import ConnectError

TEXTS = [
    "äöü",
    "日本語",
    "👩‍👩‍👧",
    "\U0010ffff",
    "\u2028\u2029",
    "\ufeff",
    "\0",
    "a\u0301",
    "عربى",
    "\\u0041",
    "\u007f\u0080",
]


def server(io, log):
    nsp = io.of("/été")

    @nsp.use
    def refuse(socket):
        if socket.handshake.auth.get("refuse"):
            raise ConnectError("refusé ✗")

    def listen(text):
        @nsp.on(text)
        def heard(socket, value):
            log("text", text, value)
            socket.join(text)
            nsp.to(text).emit(text, {text: text})
            socket.leave(text)
            return text

    for text in TEXTS:
        listen(text)

    @nsp.event
    def lone(socket, value):
        return len(value), len(list(value))
