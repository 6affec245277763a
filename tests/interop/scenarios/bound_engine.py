import asyncio

HAS_ENGINE = True

tasks = set()


def server(io, log, engine):
    io.bind(engine)

    @io.on("connection")
    def connected(socket):
        log("engine", io.engine is engine, engine.clients[socket.conn.id] is socket.conn)
        socket.join("room")

    @io.event
    def say(socket, text):
        io.to("room").emit("said", text)

    async def close_all():
        await io.close()
        log("clients", engine.clients_count)

    @io.event
    def close(socket):
        tasks.add(asyncio.create_task(close_all()))
