"""Values in command templates: whatever they hold, the shell reads them as they are."""

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fazai_tui.core.filling import Place, fill, place_after, shell_word

VALUES = st.text(alphabet=st.sampled_from([*"ab \t\"'`$\\;&|()<>!#*?~{}[]\n%é-="]), min_size=1, max_size=12)


def in_bash(*commands: str) -> list[str]:
    """Return what commands print, each ended by a NUL."""
    script = "\n".join(f"{command}; printf '\\0'" for command in commands)
    ended = subprocess.run(["bash", "-c", script], capture_output=True, timeout=20, check=True, cwd="/")
    return ended.stdout.decode().split("\0")[:-1]


def filled(template: str, value: str) -> str:
    """Return a template with every slot the same."""
    return fill(template, lambda name, part: value)


@pytest.mark.parametrize(
    ("before", "place"),
    [
        ("", "word"),
        ("echo ", "word"),
        ("echo '", "single"),
        ('echo "', "double"),
        ("echo 'a' ", "word"),
        ("echo 'a\"", "single"),
        ("echo \"it's ", "double"),
        ('echo "a\\"', "double"),
        ("echo 'a\\'", "word"),
        ("echo \\'", "word"),
        ("cat <<'EOF'\nline ", "heredoc"),
        ("cat << ", "word"),
        ("cat > x <<'EOF'\nline\nEOF\nchmod +x ", "word"),
        ("cat > x <<'EOF'\nline\nEOF\necho '", "single"),
        ("cat > x <<'EOF'\nEOF 2\n", "heredoc"),
    ],
)
def test_places_are_told_apart(before: str, place: Place) -> None:
    assert place_after(before) == place


@settings(max_examples=15)
@given(st.lists(VALUES, min_size=40, max_size=40))
@example(["$(touch /tmp/fazai-was-here)", "`id`", '"; id; "', "'; id; '", "it's", "$HOME", "\\", "!!", "a\\nb", "\\$x"])
def test_the_shell_reads_what_was_given(values: list[str]) -> None:
    """In a word, in single quotes and in double quotes alike."""
    templates = ("printf '%s' <value>", "printf '%s' '<value>'", "printf '%s' \"<value>\"", "printf '%s' \"a<value>b\"")
    commands = [filled(template, value) for value in values for template in templates]
    read = in_bash(*commands)

    for number, value in enumerate(values):
        word, single, double, inner = read[4 * number : 4 * number + 4]
        assert single == double == value and inner == f"a{value}b"
        assert word == value or word.startswith("/") or shell_word(value) == value


def test_globs_and_homes_keep_their_meaning() -> None:
    assert [shell_word(text) for text in ("*.log", "~/x", "a b", "$x", "")] == ["*.log", "~/x", "'a b'", "'$x'", "''"]


def test_a_heredoc_takes_a_value_as_it_is() -> None:
    command = fill("cat <<'EOF'\nsay \"<value>\"\nEOF", lambda name, part: 'it\'s "$x"')

    assert in_bash(command + "\n:")[0] == 'say "it\'s "$x""\n'


def test_what_is_no_slot_stays() -> None:
    given_names: list[tuple[str, str | None]] = []

    def value(name: str, part: str | None) -> str | None:
        given_names.append((name, part))
        return "7" if name == "at" else None

    assert fill("<at:h> <unknown> <at> 2>&1", value) == "7 <unknown> 7 2>&1"
    assert given_names == [("at", "h"), ("unknown", None), ("at", None)]
