def server(io, log):
    @io.use
    def fail(socket):
        raise RuntimeError("password of the database is wrong")
