"""A whole job through the screen: an order in the user's words, its cards, what is then on the disk."""

import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import PATIENCE_SECONDS, Tmux


@dataclass(frozen=True)
class Job:
    """An order and what the screen calls things in its language."""

    order: str
    script: str
    last: int
    columns: int
    rows: int
    arguments: tuple[str, ...]
    lang: str
    card: str
    ready: str
    fulfilled: str
    concluded: str


PORTUGUESE = Job(
    order="crie um script em bash de nome conta.sh que conte ateh 10",
    script="conta.sh",
    last=10,
    columns=160,
    rows=48,
    arguments=(),
    lang="pt_BR.UTF-8",
    card="─ Aprovação ─",
    ready="● pronto",
    fulfilled=r"✓ feito · ",
    concluded=r"(feito|falhou|recusado|interrompido|limite atingido) · ",
)
ENGLISH = Job(
    order="write a bash script called tally.sh that counts up to 12",
    script="tally.sh",
    last=12,
    columns=80,
    rows=24,
    arguments=("--lang", "en"),
    lang="C.UTF-8",
    card="─ Approval ─",
    ready="● ready",
    fulfilled=r"✓ done · ",
    concluded=r"(done|failed|declined|interrupted|limit reached) · ",
)


def approve_to_the_end(tmux: Tmux, job: Job) -> str:
    """Say y to each card as it comes, and return the screen that shows how the turn ended."""
    deadline = time.monotonic() + 2 * PATIENCE_SECONDS
    while time.monotonic() < deadline:
        shown = tmux.wait_for(f"{job.card}|{job.concluded}")
        if not re.search(job.card, shown):
            return shown
        # A card that has just appeared ignores the key: it is asked again when it still stands.
        tmux.press("y")
        tmux.look_for(rf"\A(?![\s\S]*{job.card})", timeout=0.7)
    pytest.fail(f"the turn had no end; the terminal shows:\n{tmux.screen()}", pytrace=False)


def counted(script: Path) -> list[str]:
    """Run the script as its user would and return the lines it prints."""
    assert script.is_file(), f"there is no {script.name}, but {[path.name for path in script.parent.iterdir()]}"
    done = subprocess.run(["bash", script.name], cwd=script.parent, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, f"{done.stderr}\n{script.read_text(encoding='utf-8')}"
    return done.stdout.split()


@pytest.mark.parametrize("job", [PORTUGUESE, ENGLISH], ids=["pt-160x48", "en-80x24"])
def test_an_order_becomes_a_script_that_counts(tmux: Tmux, job: Job) -> None:
    tmux.start(job.columns, job.rows, *job.arguments, lang=job.lang)
    tmux.wait_for(job.ready)
    tmux.order(job.order)

    tmux.wait_for(job.card)
    assert not (tmux.cwd / job.script).exists(), "something ran before the card was answered"
    shown = approve_to_the_end(tmux, job)

    assert re.search(job.fulfilled, shown), shown
    assert counted(tmux.cwd / job.script) == [str(number) for number in range(1, job.last + 1)]
    tmux.wait_for(job.ready)


def test_a_reason_to_decline_is_shown_and_the_turn_goes_on_from_it(tmux: Tmux) -> None:
    job = PORTUGUESE
    tmux.start(job.columns, job.rows)
    tmux.wait_for(job.ready)
    tmux.order("crie um diretório chamado notas")
    tmux.press_on(job.card, "r", until="recusar {2}Esc voltar|por que não")

    tmux.order("prefiro outro nome")

    tmux.wait_for(r"motivo: prefiro outro nome")
    shown = tmux.wait_for(f"{job.card}|{job.concluded}")
    assert not (tmux.cwd / "notas").exists()
    if re.search(job.card, shown):
        tmux.press_on(job.card, "Escape", until=job.concluded)
    assert list(tmux.cwd.iterdir()) == []
    tmux.wait_for(job.ready)
