"""Keeping, putting back on demand, and all that may come between."""

import json
import os
import signal
from pathlib import Path

from tests.lockout.conftest import Room, wait_for
from tests.lockout.test_putting_back import watcher_of


def test_what_is_confirmed_stays(room: Room) -> None:
    actor = room.actor()
    actor.ask("step", "ip route del 10.8.0.0/16")
    changed = room.network()

    assert actor.ask("keep") is True
    assert actor.ask("keep") is False
    assert actor.ask("revert") is False

    pid = watcher_of(room)
    wait_for(lambda: not Path(f"/proc/{pid}").exists(), "the watcher to leave")
    assert room.network() == changed
    assert actor.states() == ["confirmed"]
    assert not list((room.home / "guard").glob("*/kept"))
    assert (file := next((room.home / "guard").glob("*/state.json"))).stat().st_mode & 0o777 == 0o600, file


def test_what_is_put_back_on_demand_is_put_back_at_once(room: Room) -> None:
    before = room.network()
    actor = room.actor(seconds=600)
    actor.ask("step", "ip route del 10.8.0.0/16")

    assert actor.ask("revert") is True

    assert actor.until("reverted")["by"] == "user"
    assert room.network() == before
    assert actor.ask("keep") is False


def test_a_confirmation_at_the_last_moment_decides_wholly_or_not_at_all(room: Room) -> None:
    actor = room.actor()
    for _ in range(2):
        before = room.network()
        actor.ask("step", "ip route replace 10.7.0.0/16 via 10.9.0.2")
        wait_for(lambda: actor.ask("list")[0]["left"] < 0.1, "the last moment")

        is_kept = actor.ask("keep")

        wait_for(lambda: actor.states()[0] in ("confirmed", "reverted"), "an end")
        assert actor.states()[0] == ("confirmed" if is_kept else "reverted")
        assert (room.network() == before) is not is_kept
        room.sh("ip route del 10.7.0.0/16")


def test_steps_of_one_plan_share_a_guard(room: Room) -> None:
    before, config = room.network(), room.sh("cat /etc/ssh/sshd_config")
    actor = room.actor(seconds=2)

    first = actor.ask("step", "ip route del 10.8.0.0/16")
    second = actor.ask("step", "echo Port 7 >> /etc/ssh/sshd_config")

    assert first == second
    [status] = actor.ask("list")
    assert len(status["commands"]) == 2
    assert status["left"] > 1
    actor.until("reverted")
    assert (room.network(), room.sh("cat /etc/ssh/sshd_config")) == (before, config)


def test_a_step_that_failed_without_a_change_needs_no_answer(room: Room) -> None:
    actor = room.actor(seconds=60)

    actor.ask("step", "ip route del 10.77.0.0/16")

    actor.until("unchanged")


def test_a_step_that_failed_half_way_is_put_back(room: Room) -> None:
    before = room.network()
    actor = room.actor()

    actor.ask("step", "ip route del 10.8.0.0/16; ip link set nothing up")

    actor.until("reverted")
    assert room.network() == before


def test_after_a_restart_of_the_machine_a_human_decides(room: Room) -> None:
    before = room.network()
    actor = room.actor(seconds=60)
    guard = actor.ask("step", "ip route del 10.8.0.0/16")
    os.kill(watcher_of(room), signal.SIGKILL)
    [file] = list((room.home / "guard").glob("*/state.json"))
    facts = json.loads(file.read_text())
    file.write_text(json.dumps({**facts, "boot": "an earlier one"}).ljust(65536))
    later = room.actor()

    [status] = later.ask("list")

    assert (status["state"], status["is_orphan"], status["is_own"]) == ("armed", True, False)
    assert room.network() != before
    assert later.ask("revert", guard) is False, "nobody is there who would do it"
    assert later.ask("resume", guard) == 0
    assert room.network() == before
    assert later.states() == ["reverted"]


def test_without_a_watcher_what_is_kept_is_forgotten_on_confirmation(room: Room) -> None:
    actor = room.actor(seconds=60)
    guard = actor.ask("step", "ip route del 10.8.0.0/16")
    os.kill(watcher_of(room), signal.SIGKILL)
    wait_for(lambda: actor.ask("list")[0]["is_orphan"], "the watcher's end")

    assert actor.ask("keep", guard) is True

    assert actor.states() == ["confirmed"]
    assert not list((room.home / "guard").glob("*/kept"))


def test_a_full_disk_keeps_the_step_from_running(room: Room) -> None:
    before = room.network()
    room.sh(f"mkdir {room.home}/guard; mount -t tmpfs -o size=16k none {room.home}/guard")
    actor = room.actor()

    answer = actor.ask("step", "ip route del 10.8.0.0/16")

    assert "could not be armed" in answer["error"]
    assert room.network() == before
    assert actor.states() == []


def test_a_disk_that_fills_up_afterwards_stops_neither_decision_nor_way_back(room: Room) -> None:
    before, config = room.network(), room.sh("cat /etc/ssh/sshd_config")
    room.sh(f"mkdir {room.home}/guard; mount -t tmpfs -o size=2m none {room.home}/guard")
    actor = room.actor(seconds=60)
    actor.ask("step", "ip route del 10.8.0.0/16; echo Port 7 >> /etc/ssh/sshd_config")
    room.sh(f"head -c 4M /dev/zero > {room.home}/guard/full; true")

    assert actor.ask("revert") is True

    actor.until("reverted")
    assert (room.network(), room.sh("cat /etc/ssh/sshd_config")) == (before, config)


def test_a_lost_state_file_does_not_take_the_way_back_away(room: Room) -> None:
    before = room.network()
    actor = room.actor(seconds=2)
    actor.ask("step", "ip route del 10.8.0.0/16")
    wait_for(lambda: json.loads(next((room.home / "guard").glob("*/state.json")).read_text())["deadline"], "the time")
    room.sh("sleep 0.5")

    room.sh(f"rm -rf {room.home}/guard")

    wait_for(lambda: room.network() == before, "the route")


def test_what_no_guard_can_do_is_said_beforehand(room: Room) -> None:
    actor = room.actor(seconds=60)

    assert actor.ask("foresee", "ls /etc/ssh") is None
    assert actor.ask("foresee", "ssh web1 'sudo ufw enable'") is None
    found = actor.ask("foresee", "systemctl restart ssh")
    assert (found["subjects"], found["gaps"], found["is_possible"]) == (["ssh"], ["service"], True)
