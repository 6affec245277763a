"""The command line: `python -m socketio_rs demo`."""

import argparse

from . import __version__, demo


def main() -> None:
    """Runs the command that the arguments name."""
    parser = argparse.ArgumentParser("python -m socketio_rs", description="A Socket.IO server")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", required=True)
    chat = commands.add_parser("demo", help="serve a chat page")
    chat.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    chat.add_argument(
        "--port", type=int, default=3000, help="default: %(default)s; 0: any free one"
    )
    arguments = parser.parse_args()
    demo.io.run(arguments.port, arguments.host, static_files=demo.PAGE)


if __name__ == "__main__":
    main()
