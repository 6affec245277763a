def server(io, log):
    @io.on("new_namespace")
    def new_namespace(nsp):
        log("new", nsp.name)

        @nsp.use
        def first_of_all(socket):
            log("first of all", socket.nsp.name)

    @io.on("connect")
    def connect(socket):
        log("connect")

    @io.on("connection")
    def connection(socket):
        log("connection")

    @io.event
    def make(socket, name):
        nsp = io.of(name)

        @nsp.on("connection")
        def joined(socket):
            log("joined", name)

        @nsp.event
        def ask(socket):
            return socket.nsp.name

        return nsp.name, io.of(name) is nsp, io.of("/") is io.sockets
