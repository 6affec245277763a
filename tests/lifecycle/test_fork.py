"""A forked child: the parent's server is dead there and says so, and the parent does not notice."""

import json
from pathlib import Path

from support.process import ServerProcess
from support.raw import RawClient

SERVER = Path(__file__).parent / "servers" / "forking.py"


def test_a106_child_is_told_to_use_a_server_of_its_own_and_can() -> None:
    with ServerProcess(SERVER) as server:
        client = RawClient.join(server.address)
        client.send_text('420["fork"]')
        reply = client.receive_text()
        assert reply.startswith("430["), reply
        (result,) = json.loads(reply[3:])
        assert result.get("error") is None
        assert set(result["raised"]) == {
            *("emit", "socket", "rooms", "join", "of", "listen", "close", "close listener")
        }
        for text in result["raised"].values():
            assert "started before fork" in text
        assert result["served"] is True
        assert result["status"] == 0
        # The parent goes on, and its listener and clients end with it.
        client.send_text('421["fork"]')
        assert client.receive_text().startswith("431[")
        server.tell("end")
        assert client.receive_until_closed()[-1][0] == 8
        assert server.line() == {"same port": True}
        client.close()
