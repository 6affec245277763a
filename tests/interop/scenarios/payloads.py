import logging
from dataclasses import dataclass

import msgspec
import pydantic

from socketio_rs import Event, PayloadError


class Order(pydantic.BaseModel):
    item: str
    count: int


@dataclass
class Point:
    x: int
    y: int = 0


class Moved(msgspec.Struct):
    x: int
    y: int


order = Event[Order, Order]("order")
moved = Event[None, Moved]("moved")


def server(io, log):
    def told(record):
        if record.exc_info and isinstance(record.exc_info[1], PayloadError):
            log("mismatch")
            return False
        return True

    logging.getLogger("socketio_rs").addFilter(told)

    @io.on(order)
    def on_order(socket, order: Order):
        log("order", order.item, order.count)
        return Order(item=order.item, count=order.count + 1)

    @io.event
    def point(socket, point: Point):
        socket.emit(moved, Moved(point.x + 1, point.y))
