"""The rows of the table, by the sections of the protocol that they are about."""

from . import (
    checks,
    closing,
    cors,
    extras,
    handshake,
    heartbeat,
    polling,
    routing,
    upgrade,
    websocket,
)

ROWS = [
    *routing.ROWS,
    *checks.ROWS,
    *handshake.ROWS,
    *polling.ROWS,
    *heartbeat.ROWS,
    *websocket.ROWS,
    *upgrade.ROWS,
    *closing.ROWS,
    *cors.ROWS,
    *extras.ROWS,
]
