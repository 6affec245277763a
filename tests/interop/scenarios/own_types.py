import dataclasses
import datetime as dt
import enum
import math

AT = dt.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=dt.UTC)


@dataclasses.dataclass
class User:
    name: str
    born: dt.datetime


class Color(enum.Enum):
    RED = "red"
    PARTS = {"red": 255}  # noqa: RUF012 - never changed


def server(io, log):
    @io.event
    def all(socket):  # noqa: A001 - the event's name
        ann = User("Ann", AT)
        socket.emit("one", AT, Color.RED, [ann, {"deep": {"ann": ann}}])
        io.emit(
            "all", math.nan, math.inf, [-math.inf, 1.5], {2: "a", True: "b", None: "c", 0.5: "d"}
        )
        return {"color": Color.PARTS, "bytes": [b"b"]}
