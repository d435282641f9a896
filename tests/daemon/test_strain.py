"""Clients that mean no good, are slow, half there, or many."""

import json
import random
import socket
import threading
import time
from collections.abc import Callable

from .conftest import SECONDS, Client, RunningWorker

Connect = Callable[[], Client]

LINES = 10_000
CLIENTS = 50
MIB = 1_048_576


def nonsense(chance: random.Random) -> bytes:
    """Return a line that is no request."""
    good = json.dumps({"type": "generate", "session_id": "none", "prompt": "x"}).encode()
    match chance.randrange(6):
        case 0:
            return bytes(byte for byte in chance.randbytes(chance.randrange(200)) if byte != 10)
        case 1:
            return good[: chance.randrange(len(good))]
        case 2:
            return b"[" * chance.randrange(1, 3000)
        case 3:
            return json.dumps({"type": chance.choice(["", "nope", None, 1, "generate", "approve"])}).encode()
        case 4:
            return json.dumps(chance.choice(["1", "null", "x", "[]", '{"type":3}'])).encode()
        case _:
            return json.dumps({"type": "exec", "session_id": chance.choice([1, "\0"]), "command": "a\0b"}).encode()


def test_ten_thousand_malformed_lines_get_an_error_each(connect: Connect) -> None:
    client = connect()
    chance = random.Random(5)
    sent = b"".join(nonsense(chance) + b"\n" for _ in range(LINES))
    sending = threading.Thread(target=client.socket.sendall, args=(sent,))
    sending.start()

    answers = [client.receive() for _ in range(LINES)]
    sending.join()

    assert {(answer["type"], answer["ok"]) for answer in answers} == {("error", False)}
    assert client.ask({"type": "status"})["ok"]


def test_a_line_over_the_limit_gets_one_error(connect: Connect) -> None:
    client = connect()
    fits = json.dumps({"type": "status", "pad": ""}).encode()
    client.socket.sendall(b"x" * (3 * MIB) + b"\n")

    assert client.receive()["error"] == "too_long"

    client.socket.sendall(fits[:-2] + b"y" * (MIB - len(fits)) + fits[-2:] + b"\n")
    assert client.receive()["ok"]
    client.socket.sendall(fits[:-2] + b"y" * (MIB - len(fits) + 1) + fits[-2:] + b"\n")
    assert client.receive()["error"] == "too_long"
    assert client.ask({"type": "status"})["ok"]


def test_half_open_clients_time_out(connect: Connect) -> None:
    halves = [connect() for _ in range(20)]
    for number, client in enumerate(halves):
        client.socket.sendall(b'{"type":' if number % 2 else b"")

    for client in halves:
        assert client.receive()["error"] == "timeout"
        assert client.stream.read() == b""


def test_a_client_that_does_not_read_is_dropped_and_harms_nobody(connect: Connect, worker: RunningWorker) -> None:
    slow, other = connect(), connect()
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    flooded, quiet = slow.session(), other.session()
    slow.send({"type": "exec", "session_id": flooded, "command": "yes | head -c 20000000"})

    other.send({"type": "exec", "session_id": quiet, "command": "echo served"})
    assert "served" in [line.get("line") for line in other.until("done")]

    deadline = time.monotonic() + SECONDS
    while not any(entry.get("reason") == "slow_reader" for entry in worker.log()):
        assert time.monotonic() < deadline, "the slow client was never dropped"
        assert other.ask({"type": "status"})["ok"]


def test_many_clients_are_served_at_once(connect: Connect) -> None:
    clients = [connect() for _ in range(CLIENTS)]
    for client in clients:
        client.send({"type": "create_session", "params": {"ephemeral": True}})
    sessions = [client.receive()["session_id"] for client in clients]
    for number, (client, session) in enumerate(zip(clients, sessions, strict=True)):
        client.send({"type": "exec", "session_id": session, "command": f"echo number {number}"})

    for number, client in enumerate(clients):
        assert f"number {number}" in [line.get("line") for line in client.until("done")]
    for client, session in zip(clients, sessions, strict=True):
        assert client.ask({"type": "close_session", "session_id": session})["ok"]


def test_several_clients_generate_in_turns(connect: Connect) -> None:
    clients = [connect() for _ in range(4)]
    sessions = [client.session(ephemeral=True) for client in clients]
    for client, session in zip(clients, sessions, strict=True):
        client.send({"type": "generate", "session_id": session, "prompt": "how much memory is free", "dry_run": True})

    for client in clients:
        assert client.until("done")[-1]["ok"]
