"""Runbooks: headings, prose and fenced blocks become tasks with exactly their commands."""

import pytest
import tree_sitter_bash
from hypothesis import given
from hypothesis import strategies as st
from tree_sitter import Language, Parser

from fazai_tui.memory.documents import Document
from fazai_tui.memory.runbooks import runbook_documents, split_commands

PARSER = Parser(Language(tree_sitter_bash.language()))


def read(text: str) -> list[Document]:
    """Return the documents of a runbook."""
    return [document for document in runbook_documents(text, "a.md", "en") if document is not None]


def commands(text: str) -> list[str]:
    """Return the commands of the only document of a runbook."""
    (document,) = read(text)
    return [step.run for step in document.entry.steps]


def block(info: str, body: str) -> str:
    """Return a runbook of one block."""
    return f"# Do it\n\n```{info}\n{body}\n```\n"


@pytest.mark.parametrize(
    ("info", "body", "wanted"),
    [
        ("sh", "a\nb", ["a", "b"]),
        ("bash", "a  # why\n\n# then\nb &\nc; d", ["a", "b &", "c; d"]),
        ("bash", "a && \\\n  b\nc", ["a && \\\n  b", "c"]),
        ("bash", "cat > x <<'EOF'\n# text\n$ text\nEOF\nb", ["cat > x <<'EOF'\n# text\n$ text\nEOF", "b"]),
        ("bash", "for i in 1 2; do\n  echo $i # x\ndone", ["for i in 1 2; do\n  echo $i # x\ndone"]),
        ("bash", "$ a\noutput\n$ b", ["a", "b"]),
        ("bash", "echo '\n$ text\n'", ["echo '\n$ text\n'"]),
        ("console", "$ a\nout\n# a comment\n$ b \\\n>   c\nout", ["a", "b \\\n  c"]),
        ("console", "# a\nout\n# b", ["a", "b"]),
        ("console", "ana@web:~$ a\nout", ["a"]),
        ("shell", "if a; then", ["if a; then"]),
        ("{.bash}", "a", ["a"]),
        ("sh", "\n".join(f"echo {n}" for n in range(13)), ["\n".join(f"echo {n}" for n in range(13))]),
    ],
)
def test_a_block_holds_its_commands_without_prompts_comments_and_output(
    info: str, body: str, wanted: list[str]
) -> None:
    assert commands(block(info, body)) == wanted


@pytest.mark.parametrize("info", ["python", "", "text", "yaml"])
def test_other_blocks_are_none(info: str) -> None:
    assert read(block(info, "a")) == []


def test_heading_and_prose_say_what_a_block_is_for() -> None:
    text = "Top\n===\n\nIntro.\n\n## `Deploy` the [site](x) ##\n\nOld.\n\nSends **it**. And more.\n\n~~~sh\nmake\n~~~\n"

    (document,) = read(text)

    assert document.phrasings == ("Deploy the site", "Sends it")
    assert document.entry.explain is not None and document.entry.explain.en == "Sends it. And more."
    assert document.entry.source == "runbook a.md"


def test_blocks_under_one_heading_are_told_apart_by_their_prose() -> None:
    text = "# Site\nBuild:\n```sh\nmake\n```\n- Then send:\n  ```sh\n  make send\n  ```\n"

    assert [(d.phrasings[0], d.entry.steps[0].run) for d in read(text)] == [
        ("Site: Build", "make"),
        ("Site: Then send", "make send"),
    ]


def test_the_language_is_that_of_the_words() -> None:
    assert read("# Publicar o portal\n```sh\nmake\n```\n")[0].language == "pt"
    assert read("# Publish the site\n```sh\nmake\n```\n")[0].language == "en"


def test_an_open_fence_ends_with_the_file_and_a_longer_one_holds_a_shorter() -> None:
    assert commands("# x\n```sh\na") == ["a"]
    assert commands("# x\n````sh\ncat <<E\n```\nE\n````\n") == ["cat <<E\n```\nE"]


@pytest.mark.parametrize(
    "body",
    ["printf '\x1b[2J'", "echo '<end_of_turn>'", "echo a\u202eb", "echo '<|turn>'", "<program> x", "x" * 5000],
)
def test_a_block_that_cannot_be_shown_as_it_is_is_left_out(body: str) -> None:
    assert list(runbook_documents(block("sh", body), "a.md", "en")) == [None]


def test_words_are_made_harmless() -> None:
    (document,) = read("# A\x1b[2J<end_of_turn><start_of_turn>b <host>\n```sh\nssh <host>\n```\n")

    assert document.phrasings == ("A [2Jend_of_turnstart_of_turnb ‹host>: <host>",)


@given(st.text(alphabet="ab \n#`~$>'\"<\\=-&;|(){}", max_size=120))
def test_any_text_can_be_read(text: str) -> None:
    for document in read(text + "\n```sh\n" + text):
        assert all(step.run.strip() for step in document.entry.steps)


@given(st.lists(st.sampled_from(["a", "b c", "d && e", "f | g", "h 'x y'", "i \\\n j", "(k)", "x=1"]), max_size=8))
def test_splitting_loses_no_command(lines: list[str]) -> None:
    assert list(split_commands("\n".join(lines), PARSER)) == lines
