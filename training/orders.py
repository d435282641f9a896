"""Running a set of orders through `fazai exec`, each in a world of its own, judged by what it did there.

The set is no part of the project: a folder of orders, a folder of simulated admin commands, and a runner that takes
`--orders DIR --shims DIR --json FILE [--isolate] [--only ID...] -- COMMAND...` and replaces `{order}` and `{cwd}` in
the command. docs/model.md says what it writes.
"""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import LANGUAGES, Language
from training.figures import Outcome

PROGRAM = Path(sys.executable).with_name("fazai")

LINK_CHARS = 255
"""A file of at most so many characters may be a link that was stored as text."""

EXEC = ("exec", "--json", "--full-auto", "--sandbox", "danger-full-access")
"""The simulated commands keep their state outside the order's folder, which a stricter sandbox would not let them."""


class RunCommand(BaseModel):
    """A command that was run for an order."""

    command: str | None


class OrderResult(BaseModel):
    """What the runner says of one order."""

    id: str
    lang: Language
    category: str
    level: int
    order: str
    status: str
    commands: list[RunCommand] = []
    answer: str = ""
    detail: str = ""
    command_seconds: float = 0.0

    def outcome(self) -> Outcome:
        """Return what tables count; what the runner could not judge is not fulfilled."""
        is_readable = self.answer.strip() not in _unreadable_answers()
        level = f"level {self.level}"
        return Outcome(self.lang, level, self.category, self.status == "PASS", is_readable, self.command_seconds)


class _Report(BaseModel):
    results: list[OrderResult]


@dataclass(frozen=True, slots=True)
class OrderSet:
    """Where a set of orders lies.

    Attributes:
        orders: The folder of orders.
        shims: The folder of simulated commands.
        runner: The program that gives the orders and checks what became of them.
        program: The `fazai` that is given them; by default the one beside this Python.
    """

    orders: Path
    shims: Path
    runner: Path
    program: Path = PROGRAM

    def missing(self) -> list[Path]:
        """Return what of it is not there."""
        return [path for path in (self.orders, self.shims, self.runner) if not path.exists()]

    def run(
        self, model: Path | None = None, *, only: Sequence[str] = (), is_isolated: bool = True
    ) -> list[OrderResult]:
        """Give every order to `fazai exec`, in the order of their ids, and return what became of each.

        Args:
            model: The model to plan with; None leaves it to the settings' default.
            only: The ids of the orders to run; all when empty.
            is_isolated: Each order gets its own processes and copies of the system's folders, which takes root.

        Raises:
            RuntimeError: The program cannot carry out any order, or the runner failed.
        """
        fazai = str(self.program)
        chosen = ["--model", str(model.resolve())] if model else []
        with tempfile.TemporaryDirectory(prefix="fazai-orders-") as folder:
            place = Path(folder)
            copy_shims(self.shims, place / "shims")
            environment = os.environ | {"FAZAI_HOME": str(place / "home")}
            # The first order after an installation builds indexes; what is measured is every later one.
            warm_up = [fazai, "exec", "--dry-run", *chosen, "pwd"]
            warm = subprocess.run(warm_up, env=environment, cwd=place, capture_output=True, text=True, check=False)
            if not warm.stdout:  # An order that fails has a final message too.
                raise RuntimeError(f"{fazai} exited with {warm.returncode}: {' '.join(warm.stderr.split())[-300:]}")
            report = place / "report.json"
            files = {"--orders": self.orders, "--shims": place / "shims", "--json": report}
            command = [sys.executable, str(self.runner)]
            command += [word for option, path in files.items() for word in (option, str(path))]
            command += ["--isolate"] if is_isolated else []
            command += ["--only", *only] if only else []
            command += ["--", fazai, *EXEC, *chosen, "--cwd", "{cwd}", "{order}"]
            ended = subprocess.run(command, env=environment, check=False)
            if not report.exists():
                raise RuntimeError(f"{self.runner} exited with {ended.returncode} without a report; see what it said")
            return _Report.model_validate_json(report.read_bytes()).results


def copy_shims(source: Path, target: Path) -> None:
    """Copy simulated commands so that they can be run: executable, and links again where they were stored as text."""
    shutil.copytree(source, target, symlinks=True)
    places = [target, *target.rglob("*")]
    for place in places:
        if not place.is_symlink():
            place.chmod(place.stat().st_mode | stat.S_IRWXU)
    for place in places:
        if (link := _stored_link(place, target)) is not None:
            place.unlink()
            place.symlink_to(link)


def _stored_link(place: Path, root: Path) -> str | None:
    """Return where a file points to whose whole text is the path of another file of the folder."""
    if place.is_symlink() or not place.is_file() or place.stat().st_size > LINK_CHARS:
        return None
    text = place.read_text(encoding="utf-8", errors="replace").strip()
    if not text or "\n" in text:
        return None
    end = (place.parent / text).resolve()
    is_other_file = end.is_file() and end != place.resolve() and end.is_relative_to(root.resolve())
    return text if is_other_file else None


def _unreadable_answers() -> set[str]:
    """Return what `exec` says when the model's output is no plan."""
    return {Texts(language).get("session.no_proposal") for language in LANGUAGES}
