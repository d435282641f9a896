"""`fazai persona` and `fazai context` as their users see them."""

import json
from pathlib import Path

from tests.cli.conftest import Fazai, RunHere

ANA = "---\ndescription: of the house\nvoice: yui\nwords: [backup]\n---\nYou are Ana.\n"


def test_a_persona_is_added_shown_used_and_kept(run_here: RunHere, folder: Path, tmp_path: Path) -> None:
    (folder / "ana.md").write_text(ANA)
    added = run_here("persona", "add", "ana.md")
    assert added.returncode == 0, added.stderr
    assert (tmp_path / "home" / "config" / "personas" / "ana.md").read_text() == ANA
    assert run_here("persona", "show", "ana").stdout == ANA
    assert "I am Yui" in run_here("persona", "use", "ana").stdout
    assert run_here("config", "get", "session.persona").stdout.strip() == "ana"
    listed = run_here("persona", "list").stdout.splitlines()
    assert [line[0] for line in listed] == [" "] * 4 + ["*", " "]
    names = [row["name"] for row in json.loads(run_here("persona", "list", "--json").stdout)]
    assert names == ["claudio", "yui", "heathcliff", "hybrid", "ana"]


def test_what_cannot_be_done_is_one_line(run_here: RunHere, folder: Path) -> None:
    (folder / "ana.md").write_text(ANA)
    run_here("persona", "add", "ana.md")
    (folder / "rui.md").write_text("nothing")
    for arguments, code, said in (
        (("persona", "show", "yuii"), 52, "did you mean yui"),
        (("persona", "use", "yuii"), 52, "did you mean yui"),
        (("persona", "add", "ana.md"), 42, "--replace"),
        (("persona", "add", "rui.md"), 52, "rui.md"),
        (("persona", "add", "nowhere.md"), 52, "nowhere.md"),
        (("exec", "--persona", "nobody", "!true"), 52, "there is no persona nobody"),
    ):
        ended = run_here(*arguments)
        assert ended.returncode == code, ended
        assert len(ended.stderr.splitlines()) == 1 and said in ended.stderr
    assert run_here("persona", "add", "--replace", "ana.md").returncode == 0


def test_a_broken_file_is_told_of_and_the_rest_is_listed(run_here: RunHere, tmp_path: Path) -> None:
    place = tmp_path / "home" / "config" / "personas"
    place.mkdir(parents=True)
    (place / "rui.md").write_text("nothing")
    listed = run_here("persona", "list")

    assert listed.returncode == 0 and "heathcliff" in listed.stdout
    assert len(listed.stderr.splitlines()) == 1 and str(place / "rui.md") in listed.stderr


def test_exec_says_who_leads_and_speaks_so(fazai: Fazai) -> None:
    ended = fazai("exec", "--persona", "auto", "--lang", "en", "debug: show the date")

    assert "heathcliff leads: the order speaks of “debug”" in ended.stderr
    assert fazai("exec", "--persona", "yui", "show the date").stdout.startswith("There you go")


def test_context_is_what_the_model_would_get(fazai: Fazai) -> None:
    seen = json.loads(fazai("context", "--json", "show the date").stdout)
    assert [part["name"] for part in seen["parts"]] == ["knowledge", "order"]
    assert all(part["text"] in seen["prompt"] for part in seen["parts"])
    assert sum(part["tokens"] for part in seen["parts"]) <= seen["tokens"] <= seen["budget"]
    shown = fazai("context", "show the date")
    assert "Order: show the date" in shown.stdout and "compact model gets only this" in shown.stdout
    assert fazai("context", "--prompt", "show the date").stdout.rstrip("\n") == seen["prompt"].rstrip("\n")
