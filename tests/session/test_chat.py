"""Questions in the chat: probes that only read run, everything else is told and not run."""

import re

from fazai_tui.core.events import CommandStarted, PlanProposed, TurnFinished, TurnStarted
from fazai_tui.core.policy import ApprovalPolicy
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.memory.retrieval import CookbookRetriever
from fazai_tui.session.excerpt import telling_lines
from tests.session.conftest import Opener, Shared, plan, step


async def test_a_question_about_the_host_is_answered_by_what_was_seen(
    open_session: Opener, shipped_engine: LlamaEngine, cookbook: CookbookRetriever
) -> None:
    bench = await open_session(engine=Shared(shipped_engine), retriever=cookbook, approval=ApprovalPolicy.UNTRUSTED)

    assert await bench.order("which kernel is running?", kind="chat") == "answered"

    assert bench.commands == ["uname -r"]
    released = bench.folder.joinpath("/proc/sys/kernel/osrelease").read_text().strip()
    assert bench.message == f"I ran a command that only reads:\n\n```sh\nuname -r\n```\n\n```\n{released}\n```"
    assert bench.recorded("SELECT command, status FROM commands") == [("uname -r", "completed")]
    assert bench.recorded("SELECT kind FROM turns") == ["chat"]


async def test_what_would_change_something_is_named_and_not_run(
    open_session: Opener, shipped_engine: LlamaEngine, cookbook: CookbookRetriever
) -> None:
    bench = await open_session(engine=Shared(shipped_engine), retriever=cookbook, approval=ApprovalPolicy.NEVER)
    kept = bench.folder / "site_old"
    kept.mkdir()

    assert await bench.order("delete the folder site_old", kind="chat") == "answered"

    assert kept.is_dir() and not bench.of(CommandStarted) and not bench.of(PlanProposed)
    assert bench.message.startswith("I ran nothing.") and "```sh\nrm -r" in bench.message
    assert "Shift+Tab" in bench.message


async def test_who_asks_how_is_told_where_nobody_watches(
    open_session: Opener, shipped_engine: LlamaEngine, cookbook: CookbookRetriever
) -> None:
    bench = await open_session(engine=Shared(shipped_engine), retriever=cookbook, can_ask=False)
    kept = bench.folder / "site_old"
    kept.mkdir()

    assert await bench.order("how do I delete the folder site_old?") == "answered"
    assert kept.is_dir() and not bench.commands and re.search(r"^rm(dir| -r)", bench.message, re.MULTILINE)
    assert await bench.order("delete the folder site_old") == "fulfilled"
    assert not kept.exists()


async def test_a_question_that_was_misread_changes_nothing_where_nobody_watches(open_session: Opener) -> None:
    risky = plan(step("touch made", risk="medium"))
    bench = await open_session(risky, risky, risky, plan("mkdir low"), can_ask=False)

    assert await bench.order("is python installed?") == "answered"
    assert not bench.commands and "as an order" in bench.message
    assert await bench.order("is python missing? install it") == "fulfilled"
    assert await bench.order("can you install python?") == "fulfilled"
    assert await bench.order("is it up?") == "fulfilled"
    assert bench.commands == ["touch made", "touch made", "mkdir low"]


async def test_a_general_question_is_beyond_the_shipped_model(
    open_session: Opener, shipped_engine: LlamaEngine, cookbook: CookbookRetriever
) -> None:
    bench = await open_session(engine=Shared(shipped_engine), retriever=cookbook, language="pt")

    for kind in ("chat", "ask", "order"):
        assert await bench.order("o que é fotossíntese?", kind=kind) == "answered"
        assert "além do modelo" in bench.message and "fazai model pull gemma-3-1b" in bench.message
    assert await bench.order("resuma a odisseia", kind="chat") == "answered"
    assert "fazai model pull gemma-3-1b" in bench.message
    assert not bench.commands


async def test_little_words_tell_an_answer_from_a_command(
    open_session: Opener, shipped_engine: LlamaEngine, cookbook: CookbookRetriever
) -> None:
    bench = await open_session(engine=Shared(shipped_engine), retriever=cookbook)

    assert await bench.order("Who are you?", kind="chat") == "answered"
    assert not bench.commands and "I am FazAI" in bench.message


async def test_a_probe_that_fails_is_told_and_not_mended(open_session: Opener) -> None:
    bench = await open_session(plan("ls /nowhere-at-all"))

    assert await bench.order("list the files", kind="chat") == "failed"

    assert bench.commands == ["ls /nowhere-at-all"] and "status 2" in bench.message
    assert bench.of(TurnStarted)[0].kind == "chat"


async def test_another_model_plans_only_where_reading_may_answer(open_session: Opener) -> None:
    """The first sentence has no likeness in the cookbook; the second does, but the model wants to change something."""
    bench = await open_session("Bash is a shell.", plan("touch made"), "Use touch.", plan("pwd"))

    assert await bench.order("zzz", kind="chat") == "answered"
    assert bench.message == "Bash is a shell."
    assert await bench.order("list the files", kind="chat") == "answered"
    assert bench.message == "Use touch." and not (bench.folder / "made").exists()
    assert await bench.order("list the files", kind="chat") == "answered"
    assert bench.commands == ["pwd"] and str(bench.folder) in bench.message
    assert [finished.status for finished in bench.of(TurnFinished)] == ["answered"] * 3


async def test_an_order_that_asks_is_answered_by_what_was_seen(open_session: Opener) -> None:
    bench = await open_session(plan("ls"), plan("ls"), plan("ls && touch made"))
    (bench.folder / "one").touch()

    assert await bench.order("which files are here?") == "fulfilled"
    assert bench.message == "I ran a command that only reads:\n\n```sh\nls\n```\n\n```\none\n```"
    assert await bench.order("list them") == "fulfilled"
    assert bench.message == "Done.\n\n```\none\n```"
    assert await bench.order("which files are here?") == "fulfilled"
    assert bench.message.startswith("Done.")


def test_of_a_long_output_the_lines_that_hold_a_value_of_the_question_are_quoted() -> None:
    head, lines = "Port Process", [f":{number} p{number}" for number in range(8000, 8100)]
    output = "\n".join((head, *lines))

    assert list(telling_lines(output, "is port 8080 open?")) == [head, ":8080 p8080"]
    assert list(telling_lines(output, "which ports are open?")) == [head, *lines]
    assert list(telling_lines(output, "is port 9 or 99999 open?")) == [head, *lines]
    assert list(telling_lines("a\nb", "is b-1 there?")) == ["a", "b"]
