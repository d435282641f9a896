"""Let this machine reach a port in an environment that has no network, until the environment ends.

Started as a program of its own with a plan in JSON. It listens here, then enters the network of the environment for
good, so that what comes in here goes on there. Only this machine's own programs reach it.
Says in one line of JSON where it listens, then is silent.
"""

import asyncio
import contextlib
import json
import os
import socket
import sys
from typing import Any

from fazai_tui.jail import kernel

_PIECE = 65536


def main(arguments: list[str]) -> int:
    """Forward until the environment ends; return a status."""
    plan = json.loads(arguments[0])
    try:
        outside = socket.create_server(("127.0.0.1", plan["outside"]))
        port = outside.getsockname()[1]
        first = os.pidfd_open(plan["first"])
        if plan["user"]:
            kernel.join_namespace(first, kernel.NEW_USER)
        kernel.join_namespace(first, kernel.NEW_NET)
    except OSError as error:
        sys.stdout.write(json.dumps({"refusal": kernel.reason(error)}) + "\n")
        return 125
    sys.stdout.write(json.dumps({"port": port}) + "\n")
    sys.stdout.flush()
    if os.fork():
        os._exit(0)
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    asyncio.run(_serve(outside, first, plan))
    return 0


async def _serve(outside: socket.socket, first: int, plan: dict[str, Any]) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(first, ended.set)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", plan["inside"])
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, back), _copy(there, writer))

    server = await asyncio.start_server(connect, sock=outside)
    await ended.wait()
    server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()
