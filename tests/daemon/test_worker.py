"""What clients of a real worker see: orders, approvals, interruptions."""

import json
import socket
import stat
from collections.abc import Callable
from pathlib import Path

from .conftest import Client, Message, RunningWorker

Connect = Callable[[], Client]


def types(lines: list[Message]) -> list[str]:
    return [line["type"] for line in lines]


def test_an_order_is_planned_approved_and_carried_out(connect: Connect, tmp_path: Path) -> None:
    client = connect()
    session = client.session(cwd=str(tmp_path))
    client.send({"type": "generate", "session_id": session, "prompt": "create the folder photos", "id": "one"})

    before = client.until("approval_request")
    asked = before[-1]
    assert types(before)[0] == "token"
    assert "plan" in types(before)
    assert not (tmp_path / "photos").exists()
    assert asked["needs_typing"] is False and asked["command"] and asked["cwd"] == str(tmp_path)

    client.send({"type": "approve", "session_id": session, "approval_id": asked["approval_id"], "decision": "approve"})
    after = client.until("done")

    assert (tmp_path / "photos").is_dir()
    told = [line for line in after if line["type"] in ("shell", "shell_exit", "observe", "stop", "done")]
    assert types(told) == ["shell", "shell_exit", "observe", "stop", "done"]
    assert told[1]["code"] == 0
    assert told[-1]["result"]["status"] == "fulfilled"
    assert all(line["session_id"] == session and line["id"] == "one" for line in [*before, *told])


def test_a_command_streams_its_output_line_by_line(connect: Connect) -> None:
    client = connect()
    session = client.session()
    client.send({"type": "exec", "session_id": session, "command": "printf 'a\\033[31mb\\nlast'; false"})

    lines = client.until("done")

    assert [line["line"] for line in lines if line["type"] == "shell_output"] == ["ab", "last"]
    assert [line["code"] for line in lines if line["type"] == "shell_exit"] == [1]
    assert lines[-1]["ok"] is False


def test_a_declined_command_does_not_run(connect: Connect, tmp_path: Path) -> None:
    client = connect()
    session = client.session(cwd=str(tmp_path))
    client.send({"type": "exec", "session_id": session, "command": "touch made"})
    asked = client.until("approval_request")[-1]

    client.send({"type": "approve", "session_id": session, "approval_id": asked["approval_id"], "decision": "no"})
    lines = client.until("done")

    assert "shell" not in types(lines)
    assert lines[-1]["result"]["status"] == "declined"
    assert not (tmp_path / "made").exists()


def test_a_critical_command_takes_the_hosts_name(connect: Connect) -> None:
    client = connect()
    session = client.session(approval="never", sandbox="danger-full-access")
    client.send({"type": "exec", "session_id": session, "command": "mkfs.ext4 /dev/no-such-disk"})
    asked = client.until("approval_request")[-1]
    answer = {"type": "approve", "session_id": session, "approval_id": asked["approval_id"], "decision": "run"}

    assert client.ask(answer)["error"] == "needs_typing"
    assert client.ask({**answer, "approval_id": "another"})["error"] == "no_approval"
    assert client.ask({**answer, "decision": "perhaps"})["error"] == "bad_request"
    client.send({**answer, "typed": asked["host"]})

    assert "shell" in types(client.until("done"))


def test_another_connection_may_approve_and_abort(connect: Connect, tmp_path: Path) -> None:
    client, other = connect(), connect()
    session = client.session(cwd=str(tmp_path))
    client.send({"type": "exec", "session_id": session, "command": "touch made && sleep 1000"})
    asked = client.until("approval_request")[-1]

    answer = {"type": "approve", "session_id": session, "approval_id": asked["approval_id"], "decision": True}
    assert other.ask(answer)["ok"]
    client.until("shell")
    assert other.ask({"type": "exec", "session_id": session, "command": "true"})["error"] == "busy"
    assert other.ask({"type": "abort", "session_id": session}) == {
        "type": "abort",
        "ok": True,
        "session_id": session,
        "aborted": True,
    }

    ended = client.until("done")
    assert ended[-2]["reason"] == "aborted"
    assert ended[-1]["result"]["status"] == "interrupted"
    client.send({"type": "exec", "session_id": session, "command": "echo still here"})
    assert "still here" in [line.get("line") for line in client.until("done")]


def test_an_abort_ends_what_waits_for_an_approval(connect: Connect) -> None:
    client = connect()
    session = client.session()
    client.send({"type": "exec", "session_id": session, "command": "touch /tmp/never-made"})
    client.until("approval_request")

    client.send({"type": "abort", "session_id": session})

    assert client.until("done")[-1]["result"]["status"] == "interrupted"


def test_a_closed_session_is_gone(connect: Connect) -> None:
    client = connect()
    session = client.session()

    assert client.ask({"type": "close_session", "session_id": session})["ok"]
    assert client.ask({"type": "exec", "session_id": session, "command": "true"})["error"] == "no_session"


def test_what_the_ledger_holds_of_a_worker_is_whole(connect: Connect, worker: RunningWorker) -> None:
    client = connect()
    session = client.session()
    client.send({"type": "exec", "session_id": session, "command": "echo kept"})
    client.until("done")
    client.ask({"type": "close_session", "session_id": session})

    again = client.ask({"type": "create_session", "params": {"resume": session}})

    assert again["session_id"] == session


def test_json_in_a_json_string_is_read(connect: Connect) -> None:
    client = connect()
    client.socket.sendall(json.dumps(json.dumps({"type": "status"})).encode() + b"\n")

    assert client.receive()["ok"]


def test_a_client_that_stops_sending_hears_the_end(connect: Connect) -> None:
    client = connect()
    session = client.session()
    client.send({"type": "exec", "session_id": session, "command": "sleep 0.1; echo end"})
    client.socket.shutdown(socket.SHUT_WR)

    assert client.until("done")[-1]["result"]["status"] == "fulfilled"
    assert client.stream.read() == b""


def test_a_turn_ends_when_whoever_asked_has_gone(connect: Connect, tmp_path: Path) -> None:
    client, other = connect(), connect()
    session = client.session(cwd=str(tmp_path))
    client.send({"type": "exec", "session_id": session, "command": "sleep 1000"})
    client.until("shell")

    client.close()

    while (reply := other.ask({"type": "exec", "session_id": session, "command": "true"})).get("error") == "busy":
        pass
    assert reply["type"] == "plan"


def test_the_socket_is_private(worker: RunningWorker) -> None:
    assert stat.S_IMODE(worker.socket.stat().st_mode) == 0o600
    assert stat.S_IMODE(worker.socket.parent.stat().st_mode) == 0o700
    assert str(worker.process.pid) in worker.greeting
