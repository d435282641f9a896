"""Reading text into commands."""

import pytest

from fazai_tui.policy.reader import ScriptReader
from fazai_tui.policy.script import UNKNOWN_PLACE


def _argv(reader: ScriptReader, source: str) -> list[tuple[str, ...]]:
    script = reader.read(source, {"HOME": "/home/ana", "IFS": " "})
    return [invocation.argv for invocation in script.invocations]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"""$'\x72m' r""m 'a b' "c d" e\ f \g""", [("rm", "rm", "a b", "c d", "e f", "g")]),
        ('x=1; echo $x ${x} "$x$x"', [("echo", "1", "1", "11")]),
        ("a='x y'; f $a \"$a\"", [("f", "x", "y", "x y")]),
        ("f {a,b}{1,2} x{1..3}", [("f", "a1", "a2", "b1", "b2", "x1", "x2", "x3")]),
        ("f \\\n  x", [("f", "x")]),
        (
            "f $(echo a b) \"$(printf '%s-%s' a b)\"",
            [("echo", "a b"[:1], "b"), ("printf", "%s-%s", "a", "b"), ("f", "a", "b", "a-b")],
        ),
        ("for i in a b; do f $i; done", [("f", "a"), ("f", "b")]),
        ("cat <<E | g\n$(h)\nE", [("h",), ("cat",), ("g",)]),
        ("cat <<'E' | g\n$(h)\nE", [("cat",), ("g",)]),
        ("f <<E -n\nx\nE", [("f", "-n")]),
        ("f ${x:-y} ${HOME}", [("f", "y", "/home/ana")]),
        ("a[$(f)]=1; b=([$(g)]=2)", [("f",), ("g",)]),
        ('echo "${x/a/$(f)}"', [("f",), ("echo", "${x/a/$(f)}")]),
        ("f a* '*'", [("f", "a*", "*")]),
    ],
)
def test_words(reader: ScriptReader, source: str, expected: list[tuple[str, ...]]) -> None:
    assert _argv(reader, source) == expected


def test_a_pattern_counts_only_unquoted(reader: ScriptReader) -> None:
    words = reader.read("f a* '*' \"*\" \\*", {}).invocations[0].args
    assert [word.has_glob for word in words] == [True, False, False, False]


@pytest.mark.parametrize(
    ("source", "cwd"),
    [
        ("cd /; f", "/"),
        ("cd /usr && cd lib; f", "/usr/lib"),
        ("(cd /); f", ""),
        ("cd; f", "/home/ana"),
        ("cd ~/x; f", "/home/ana/x"),
        ("cd x; f", "x"),
        ('cd /etc; cd "$y"; f', UNKNOWN_PLACE),
        ("cd /etc/..; f", "/"),
    ],
)
def test_the_directory_is_followed(reader: ScriptReader, source: str, cwd: str) -> None:
    assert reader.read(source, {"HOME": "/home/ana"}).invocations[-1].cwd == cwd


def test_what_a_pipe_carries_is_known(reader: ScriptReader) -> None:
    last = reader.read("printf 'a\\nb' | tee x | rev | cat", {}).invocations[-1]
    assert last.stdin is not None
    assert last.stdin.text == "a\nb"[0] + "\nb"
    assert [producer.program for producer in last.stdin.producers] == ["printf", "tee", "rev"]


def test_redirections(reader: ScriptReader) -> None:
    script = reader.read("> a; f >> b 2>&1; g &> c < d; : >| e; h 2>&-", {})
    found = [(r.operator, r.target.text, r.is_bare) for r in script.redirects]
    assert found == [(">", "a", True), (">>", "b", False), ("&>", "c", False), ("<", "d", False), (">|", "e", True)]


def test_a_redirection_after_a_list_goes_where_its_last_command_is(reader: ScriptReader) -> None:
    script = reader.read("cd /etc && echo x > passwd", {})
    assert [(r.target.text, r.cwd) for r in script.redirects] == [("passwd", "/etc")]
    script = reader.read("(cd /etc && echo x) > passwd", {})
    assert [(r.target.text, r.cwd) for r in script.redirects] == [("passwd", "")]


def test_files_that_the_command_writes(reader: ScriptReader) -> None:
    script = reader.read("echo hi > a; cat > b <<'E'\nx\nE\nls > c", {})
    assert script.files == {"a": ["hi\n"], "b": ["x\n"]}


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (":(){ :|:& };:", "fork_bomb"),
        ("f(){ f; }; f", "endless_function"),
        ("if", "parse_error"),
        ("ls (", "parse_error"),
    ],
)
def test_problems(reader: ScriptReader, source: str, problem: str) -> None:
    assert problem in [found.key for found in reader.read(source, {}).problems]


@pytest.mark.parametrize("name", ["ação", "àï", "日本語.txt", "😀", "\U000f0000", "a\u00a0b", "\x85", "é" * 300])
@pytest.mark.parametrize("form", ["f {}", "f '{}'", 'f "{}"', "f x{}y", "f $'{}'", "x={}; f $x"])
def test_any_character_survives(reader: ScriptReader, form: str, name: str) -> None:
    word = form.replace("{}", name)
    expected = f"x{name}y" if form == "f x{}y" else name
    assert _argv(reader, word)[-1] == ("f", expected)


@pytest.mark.parametrize("form", ["{%s..%s}", "[[ %s", "<<%s\n%s", "${%s}", "((%s", "$%s", "a[%s"])
@pytest.mark.parametrize("char", ["\U000f0000", "\U0010ffff", "😀", "\U000e01ef", "\ud800"])
def test_no_character_ends_the_process(reader: ScriptReader, form: str, char: str) -> None:
    assert reader.read(form.replace("%s", char), {}) is not None


def test_marks_in_the_source_do_no_harm(reader: ScriptReader) -> None:
    assert _argv(reader, "f \ue02a \uf8f0x\uf8f1") == [("f", "?", "?x?")]
