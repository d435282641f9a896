"""Every command of the cookbook that only reads, run: no option that its program does not know, no syntax error."""

import random
import re
import subprocess
from pathlib import Path

import pytest

from fazai_tui.core.cookbook import LANGUAGES, Entry
from fazai_tui.core.policy import Decision
from fazai_tui.policy.bash import BashPolicy
from training.render import draw_values, written
from training.values import Value, ValueMaker

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc")
LOCKED = (
    *("bwrap", "--unshare-all", "--die-with-parent", "--dev", "/dev", "--proc", "/proc", "--perms", "1777"),
    *("--tmpfs", "/tmp", "--setenv", "HOME", "/tmp", "--setenv", "LC_ALL", "C.UTF-8"),
)
BATCH = r"""
one() { timeout -k 1 1 bash "$1" > /dev/null 2> "/told/${1##*/}" < /dev/null; echo "exit $?" >> "/told/${1##*/}"; }
export -f one
cd /work && find /orders -type f -print0 | xargs -0 -P 4 -I{} bash -c 'one {}'
"""
"""Runs every file of /orders by itself; one that takes longer than a second was understood by its program."""

WRONG = re.compile(
    r"\busage:|(invalid|unrecognized|unknown|illegal) (option|predicate|operand|argument \S)|option requires|--help|"
    r"syntax error|unexpected|unterminated|unbalanced|unmatched|parse error|missing (argument|} near)|"
    r"invalid (suffix|-size|number|mode|character|field|line)|(unary|binary) operator|bad substitution|"
    r"ambiguous redirect|must be a single|read-only file system",
    re.IGNORECASE,
)
ABSENT = re.compile(r"command not found|No such file or directory|sudoers", re.IGNORECASE)
THERE = {"user": "root", "group": "root", "pid": "2", "size": "5K"}
PLUGIN = "docker compose"
"""Where docker lacks it, docker takes its options for its own."""

CONTENTS = {
    "json": '[{"name": "ana", "email": "a@b.test", "id": 1, "status": true, "total": 3}]\n',
    "csv": "nome,valor,cidade\nana,3,Recife\njoao,5,Natal\n",
}
LINES = '10.0.0.1 - - [01/Jan/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512 "-" "x"\nERROR 3 a,b;c=d\n'


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """Return the folder of a sandbox in which nothing can be changed or reached; its `work` is a git repository."""
    for name in ("work", "orders", "told"):
        (tmp_path / name).mkdir()
    git = ["git", "-C", str(tmp_path / "work"), "-c", "user.name=Ana", "-c", "user.email=ana@example.test"]
    subprocess.run([*git, "init", "-q"], check=True, timeout=20)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True, timeout=20)
    try:
        subprocess.run([*LOCKED, *_binds(tmp_path), "true"], check=True, timeout=20, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no sandbox can be had here: commands are only parsed")
    return tmp_path


def _binds(box: Path) -> list[str]:
    binds = [word for path in SYSTEM if Path(path).exists() for word in ("--ro-bind", path, path)]
    binds += ["--ro-bind", str(box / "work"), "/work", "--ro-bind", str(box / "orders"), "/orders"]
    return [*binds, "--bind", str(box / "told"), "/told", "--remount-ro", "/"]


def run(box: Path, commands: list[str]) -> list[tuple[int, str]]:
    """Run commands, each by itself, and return how each ended and what it complained of."""
    for number, command in enumerate(commands):
        (box / "orders" / str(number)).write_text(command + "\n")
    subprocess.run([*LOCKED, *_binds(box), "bash", "-c", BATCH], check=True, timeout=120, capture_output=True)
    told = [(box / "told" / str(number)).read_text(errors="replace") for number in range(len(commands))]
    return [(int(text.rsplit("exit ", 1)[1]), text.rsplit("exit ", 1)[0]) for text in told]


def is_misused(status: int, complaint: str) -> bool:
    """Tell whether a program did not understand what it was told; a missing program or file is no such thing."""
    plain = "\n".join(line for line in complaint.splitlines() if not ABSENT.search(line))
    return status != 0 and bool(WRONG.search(plain))


def placed(entry: Entry, values: dict[str, Value], work: Path) -> dict[str, Value]:
    """Return values that name what there is: files and folders below a folder, where they are made, and root."""
    there = dict(values)
    for name, slot in entry.slots.items():
        text = values[name].written.lstrip("/~") or "."
        path = work / text
        if slot.type == "dir":
            path.mkdir(parents=True, exist_ok=True)
        elif slot.type in ("file", "script", "path") and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("true\n" if slot.type == "script" else CONTENTS.get(path.suffix[1:], LINES))
        elif slot.type in THERE:
            text = THERE[slot.type]
        elif slot.type not in ("file", "script", "path"):
            continue
        there[name] = Value(text, text)
    return there


def as_root(command: str) -> str:
    """Return a command as root gives it: the sandbox lets nobody become another user."""
    return re.sub(r"\bsudo (?:-u \S+ )?(?=\w)", "", command)


def test_what_only_reads_is_understood_by_its_programs(entries: tuple[Entry, ...], box: Path) -> None:
    policy = BashPolicy(home="/home/ana", user="ana")
    rng = random.Random(7)
    maker = ValueMaker(rng)
    reading: list[tuple[str, str]] = []
    for entry in (entry for entry in entries if entry.steps):
        language = rng.choice(LANGUAGES)
        values = draw_values(entry, rng.choice(entry.phrasings(language)), maker, language)
        values = placed(entry, values, box / "work")
        texts = (*(step.run for step in entry.steps), *([entry.check] if entry.check else []))
        commands = [written(text, values) for text in texts if PLUGIN not in text]
        reading += [(entry.id, as_root(text)) for text in commands if policy.assess(text).decision is Decision.ALLOW]

    ended = run(box, [command for _, command in reading])

    wrong = [
        (name, command, complaint)
        for (name, command), (status, complaint) in zip(reading, ended, strict=True)
        if is_misused(status, complaint)
    ]
    assert wrong == []
    assert len(reading) > 500
    assert sum(status == 0 for status, _ in ended) > 250


def test_what_is_misused_is_seen(box: Path) -> None:
    misused = ["find . -size +5K", "ls --nonesuch", "awk '{ print' x", "if true", "touch new"]

    assert [is_misused(*end) for end in run(box, [*misused, "nonesuch -x", "ls gone"])] == [True] * 5 + [False] * 2
