"""Trying commands out: in an overlay that is thrown away, else by their own dry run, else not at all."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence

from fazai_tui.core.policy import Assessment
from fazai_tui.core.rehearsal import Rehearsal, RehearsedChange
from fazai_tui.sandbox.confinement import workplaces
from fazai_tui.sandbox.programs import jail_program

_SECONDS = 60.0
_OWN_SECONDS = 30.0
_OUTPUT = 64 * 1024
_CHANGES_SIZE = 1024**3
_ELEVATED = re.compile(r"(?:^|[\s;&|(])(?:sudo|doas|su|pkexec)\s")
_APT = frozenset(("apt-get", "apt", "aptitude"))
_GIT_VERBS = frozenset("add commit push fetch clean rm mv".split())
_CHECKS = {"nginx": ("nginx", "-t"), "sshd": ("sshd", "-t"), "ssh": ("sshd", "-t"), "visudo": ("visudo", "-c")}


class OverlayRehearser:
    """Implements `core.ports.Rehearser`.

    Args:
        environment: The environment of the user's commands.
        masked: Files and directories that commands may not read.
    """

    def __init__(self, environment: Mapping[str, str], masked: Sequence[str] = ()) -> None:
        self._environment = dict(environment)
        self._masked = tuple(masked)

    def rehearse(self, assessment: Assessment, cwd: str, before: Sequence[str] = ()) -> Rehearsal:
        """Run a command where it can change nothing, and return what came of it; by itself where `before` does not end.

        Args:
            assessment: The command, graded.
            cwd: Where it begins.
            before: Commands that are done first, in the same shell.
        """
        if os.geteuid() and _ELEVATED.search(assessment.command):
            return self._own(assessment, cwd, "sudo")
        tried = self._overlay(assessment.command, cwd, before)
        return self._own(assessment, cwd, tried) if isinstance(tried, str) else tried

    def _overlay(self, command: str, cwd: str, before: Sequence[str]) -> Rehearsal | str:
        """Return what came of it, or why there is no overlay."""
        plan = {
            "command": command,
            "before": before,
            "cwd": cwd,
            "masked": self._masked,
            "own": workplaces(cwd, self._environment),
            "size": _CHANGES_SIZE,
            "seconds": _SECONDS,
            "output": _OUTPUT,
        }
        argv = (*jail_program("rehearse"), json.dumps(plan))
        try:
            done = subprocess.run(
                argv,
                capture_output=True,
                timeout=2 * _SECONDS + 15,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                check=False,
            )
            if done.returncode:
                return done.stderr.decode(errors="replace").strip().rpartition("\n")[2] or f"status {done.returncode}"
            found = json.loads(done.stdout)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            return str(error)
        if not found.pop("is_reached"):
            return self._overlay(command, cwd, ())
        changes = tuple(RehearsedChange.model_validate(change) for change in found.pop("changes"))
        return Rehearsal(how="overlay", changes=changes, before=len(before), **found)

    def _own(self, assessment: Assessment, cwd: str, why: str) -> Rehearsal:
        argv = own_dry_run(assessment)
        if not argv:
            return Rehearsal(how="none", why=why)
        try:
            done = subprocess.run(
                argv,
                cwd=cwd,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                timeout=_OWN_SECONDS,
                env=self._environment,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            return Rehearsal(how="none", why=str(error))
        output = done.stdout[:_OUTPUT].decode(errors="replace")
        return Rehearsal(
            how="own",
            status=done.returncode,
            output=output,
            is_cut=len(done.stdout) > _OUTPUT,
            command=shlex.join(argv),
            why=why,
        )


def own_dry_run(assessment: Assessment) -> tuple[str, ...]:
    """Return the command by which a program itself tells what it would do; empty where there is none.

    Only a command line of one program has one: of several, the later ones depend on the earlier.
    """
    if len(assessment.commands) != 1 or any(char in assessment.command for char in "><|`$*?\n"):
        return ()
    name, *words = assessment.commands[0]
    name = name.rpartition("/")[2]
    if name in _APT:
        return (name, "-s", *words)
    if name == "rsync":
        return (name, "-n", "-v", *words)
    if name == "git" and words and words[0] in _GIT_VERBS:
        return (name, words[0], "--dry-run", *words[1:])
    if name in ("systemctl", "service"):
        unit = next((word.removesuffix(".service") for word in words if word.removesuffix(".service") in _CHECKS), "")
        return _CHECKS.get(unit, ())
    return _CHECKS.get(name, ())
