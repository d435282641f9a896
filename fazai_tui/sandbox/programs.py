"""The programs that start a sandbox, run apart from this one."""

import sys
from pathlib import Path
from typing import Literal

import fazai_tui

Program = Literal["confine", "lock", "layer", "join", "rehearse", "limited"]

_ROOT = str(Path(fazai_tui.__file__).resolve().parent.parent)
START = "import sys; sys.path.append({root!r}); from fazai_tui.jail.{name} import main; sys.exit(main(sys.argv[1:]))"
"""What such a program is given to run: where this package lies, and which of its programs it is."""


def jail_program(name: Program) -> tuple[str, ...]:
    """Return the argument vector that starts a program of `fazai_tui.jail`; its own arguments follow.

    It looks at neither the environment nor the user's packages, and its directory comes last among the places where
    modules are looked for: nothing of the user's can take the place of a standard module.
    """
    return (sys.executable, "-I", "-S", "-c", START.format(root=_ROOT, name=name))


def own_places() -> tuple[str, ...]:
    """Return the directories that this program itself lies in."""
    return tuple(dict.fromkeys((str(Path(fazai_tui.__file__).resolve().parent), sys.prefix)))
