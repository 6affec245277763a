NAMES = [
    "/a b",
    "/été/日本",
    "/👩‍👩‍👧",
    "/%20",
    "/a?b=c",
    "/a#b",
    "//",
    "/a/",
    "/A",
    "/[1]",
    '/"quoted"',
    "/1",
    "/1[]",
    "/(",
    "/-",
    "/constructor",
    "/__proto__",
    "/toString",
    "/..",
    "/\\",
    "/a\tb",
    "/socket.io/",
]


def server(io, log):
    for name in NAMES:
        # The slash in front is added where it lacks.
        serve(io, io.of(name if name.startswith("//") else name[1:]), name, log)


def serve(io, nsp, name, log):
    @nsp.on("connection")
    def connected(socket):
        log("in", nsp.name, nsp is io.of(name))

    @nsp.event
    def ask(socket, data):
        nsp.emit("news", name)
        return socket.nsp.name, data
