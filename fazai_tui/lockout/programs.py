"""Running the programs of a machine that tell its state, or change it back."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program said.

    Attributes:
        problem: Why it failed, on one line; empty when it did not.
    """

    output: str
    problem: str = ""


class Programs:
    """Finds programs where administrators' programs are, and runs them without a terminal."""

    def has(self, name: str) -> bool:
        """Tell whether a program is there."""
        return shutil.which(name, path=_PATH) is not None

    def run(self, argv: Sequence[str], text: str = "", *, seconds: float = _SECONDS) -> Answer:
        """Run a program with a text on its standard input; a missing program is a problem like any other."""
        environment = {"PATH": _PATH, "LC_ALL": "C", "HOME": os.environ.get("HOME", "/"), "SYSTEMD_PAGER": ""}
        try:
            done = subprocess.run(
                argv,
                input=text.encode(errors="surrogateescape"),
                capture_output=True,
                timeout=seconds,
                env=environment,
                cwd="/",
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            return Answer("", f"{argv[0]}: {error}".splitlines()[0])
        output = done.stdout.decode(errors="surrogateescape")
        if not done.returncode:
            return Answer(output)
        said = done.stderr.decode(errors="replace").strip().splitlines()
        return Answer(output, said[0] if said else f"{argv[0]}: {done.returncode}")
