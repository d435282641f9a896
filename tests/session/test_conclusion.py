"""What a turn came to, as Markdown that shows titles as they are."""

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from fazai_tui.config.texts import Texts
from fazai_tui.core.plan import Plan, Step
from fazai_tui.core.ports import CommandResult
from fazai_tui.session.conclusion import failed, fulfilled

DONE = CommandResult(status="completed", exit_code=0, output="", output_bytes=0, duration_ms=1, cwd="/")
TITLES = [
    "Criar conta.sh, que conta até 10",
    "Make my_file.txt and ~/notes read-only",
    "Run __init__.py",
    "Find *.log and *.gz",
    "cat > a.txt <<'EOF'",
    "Show <b>x</b> & [y](http://z) ~~w~~",
    "Run `date` and ``x``",
    "`date`",
    "Delete a\\*b\\*",
]


def shown(markdown: str) -> str:
    """Return the text that a reader sees."""

    def said(token: Token) -> str:
        return "".join(map(said, token.children)) if token.children else token.content

    return "\n".join(said(token) for token in MarkdownIt("gfm-like").parse(markdown) if token.type == "inline")


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_read_as_it_is(title: str) -> None:
    texts = Texts("en")
    steps = [Step(id="s1", title=title, command="true"), Step(id="s2", title="Then", command="true")]

    several = fulfilled(Plan(goal="x", steps=tuple(steps)), [(step, DONE) for step in steps], texts)
    one = fulfilled(Plan(goal="x", steps=(steps[0],)), [(steps[0], DONE)], texts)
    broken = failed(steps[0], DONE, texts, attempts=0)

    assert shown(several).splitlines()[1:] == [title, "Then"]
    assert title in shown(one) and title in shown(broken)


def test_ordinary_names_stand_without_marks() -> None:
    step = Step(id="s1", title=TITLES[1], command="true")

    assert "`" not in fulfilled(Plan(goal="x", steps=(step,)), [(step, DONE)], Texts("en"))
