"""`fazai guard`, and the guard of `fazai exec`, on a network of its own."""

import json

from tests.lockout.conftest import Room, wait_for

DROP = "!ip route del 10.8.0.0/16"
FULL = ("-s", "danger-full-access")


def test_exec_says_that_it_is_armed_and_how_to_confirm(room: Room) -> None:
    ended = room.fazai("exec", DROP, *FULL, seconds=60)

    assert ended.returncode == 0
    assert ended.stdout == "Done: Run the command.\n"
    [guard] = json.loads(room.fazai("guard", "list", "--json").stdout)
    assert f"Keep: fazai guard confirm {guard['id']}" in ended.stderr
    assert "Still have access?" in ended.stderr
    assert 50 < guard["left"] <= 60
    confirmed = room.fazai("guard", "confirm", guard["id"][:4])
    assert (confirmed.returncode, "stays" in confirmed.stdout) == (0, True)
    again = room.fazai("guard", "confirm", guard["id"])
    assert (again.returncode, "has ended: confirmed" in again.stderr) == (42, True)
    assert "10.8.0.0" not in room.sh("ip route")


def test_events_name_the_guard_and_the_next_start_tells_how_it_ended(room: Room) -> None:
    lines = room.fazai("exec", "--json", DROP, *FULL, seconds=2).stdout.splitlines()

    items = [json.loads(line)["item"] for line in lines if '"guard"' in line]
    assert [(item["type"], item["state"]) for item in items] == [("guard", "armed")] * 2
    assert items[0]["left"] is None and items[1]["left"] <= 2
    assert items[0]["subjects"] == ["network"] and len({item["id"] for item in items}) == 1
    wait_for(lambda: "10.8.0.0" in room.sh("ip route"), "the route")
    [state] = list((room.home / "state" / "guard").glob("*/state.json"))
    wait_for(lambda: json.loads(state.read_text())["state"] == "reverted", "the end")
    later = room.fazai("exec", "!true", *FULL)
    assert f"Lock-out guard {items[0]['guard_id']}: time was up without a confirmation" in later.stderr
    assert "put back: 10.8.0.0/16 via 10.9.0.2 dev lo" in later.stderr


def test_it_is_put_back_from_anywhere(room: Room) -> None:
    room.fazai("exec", DROP, *FULL, seconds=600)

    ended = room.fazai("guard", "revert")

    assert (ended.returncode, "as it was before" in ended.stdout) == (0, True)
    assert "10.8.0.0" in room.sh("ip route")


def test_where_a_step_does_no_harm_or_nobody_wants_it_nothing_is_armed(room: Room) -> None:
    room.fazai("exec", DROP, "-s", "workspace-write")
    room.fazai("exec", DROP, *FULL, "--dry-run")
    assert "10.8.0.0" in room.sh("ip route")

    ended = room.fazai("exec", DROP, *FULL, enabled=False)

    assert ended.returncode == 0 and "guard" not in ended.stderr
    assert "10.8.0.0" not in room.sh("ip route")
    assert not (room.home / "state" / "guard").exists()
