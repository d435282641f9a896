"""What an installation needs, one check each; a check that fails names its remedy."""

import codecs
import locale
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

from fazai_tui.cli.invocation import Invocation
from fazai_tui.config.paths import ensure_directory
from fazai_tui.config.settings import Settings
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError

_IMPORT_SECONDS: Final = 60
_LITTLE_SPACE: Final = 200 * 1024**2
"""Bytes below which the ledger and the log may soon fail."""
_COMPILERS: Final = ("c++", "g++", "clang++")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found."""

    name: str
    status: Literal["ok", "warning", "failure"]
    detail: str
    remedy: str = ""
    """What to do; never empty when the status is not `ok`."""


class Checks:
    """The checks of one installation."""

    def __init__(self, invocation: Invocation) -> None:
        """Prepare the checks; nothing is looked at yet."""
        self._invocation = invocation
        self._texts: Texts = invocation.texts
        self._paths = invocation.paths

    def run(self) -> tuple[CheckResult, ...]:
        """Return what every check found, in the order they depend on each other."""
        checks: Mapping[str, Callable[[], CheckResult]] = {
            "python": self._python,
            "compiler": self._compiler,
            "llama": self._llama,
            "config": self._config,
            "policy": self._policy,
            "model": self._model,
            "bash": self._bash,
            "pty": self._pty,
            **self._sandboxes(),
            "ledger": self._ledger,
            "log": self._log,
            "space": self._space,
            "terminal": self._terminal,
            "locale": self._locale,
        }
        return tuple(self._guarded(name, check) for name, check in checks.items())

    def _guarded(self, name: str, check: Callable[[], CheckResult]) -> CheckResult:
        try:
            return check()
        except FazaiError as error:
            return CheckResult(name, "failure", error.message, error.hint or error.title)
        except OSError as error:
            return self._failure(name, reason=str(error))

    def _ok(self, name: str, detail: str) -> CheckResult:
        return CheckResult(name, "ok", detail)

    def _warning(self, name: str, **facts: object) -> CheckResult:
        return CheckResult(name, "warning", *self._explanation(name, facts))

    def _failure(self, name: str, **facts: object) -> CheckResult:
        return CheckResult(name, "failure", *self._explanation(name, facts))

    def _explanation(self, name: str, facts: Mapping[str, object]) -> tuple[str, str]:
        return (
            self._texts.get(f"doctor.{name}.problem", **facts),
            self._texts.get(f"doctor.{name}.remedy", **facts),
        )

    def _python(self) -> CheckResult:
        version = platform.python_version()
        return self._ok("python", version) if sys.version_info >= (3, 11) else self._failure("python", version=version)

    def _compiler(self) -> CheckResult:
        found = next((path for name in _COMPILERS if (path := shutil.which(name))), None)
        # Only an installation or an update compiles; what is installed runs without.
        return self._ok("compiler", found) if found else self._warning("compiler")

    def _llama(self) -> CheckResult:
        # In a process of its own: a library built for another processor dies by a signal.
        program = "import llama_cpp; print(llama_cpp.__version__)"
        try:
            ended = subprocess.run(
                [sys.executable, "-c", program], capture_output=True, text=True, timeout=_IMPORT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return self._failure("llama", reason=self._texts.get("doctor.llama.slow"))
        if ended.returncode == 0:
            return self._ok("llama", ended.stdout.strip())
        said = ended.stderr.strip().splitlines()
        return self._failure("llama", reason=said[-1] if said else f"exit status {ended.returncode}")

    def _config(self) -> CheckResult:
        loaded = self._invocation.loader().load()
        if loaded.ignored:
            return self._warning("config", file=str(loaded.ignored[0]))
        return self._ok("config", str(self._invocation.config_file or self._paths.config_file))

    def _policy(self) -> CheckResult:
        from fazai_tui.cli.policy_rules import load_policy

        _, found = load_policy(self._invocation, os.getcwd())
        if found.ignored:
            return self._warning("policy", file=str(found.ignored[0]))
        if found.untrusted is not None:
            facts = {"file": found.untrusted, "folder": found.untrusted.parent.parent}
            untrusted = self._texts.get("doctor.policy.untrusted", **facts)
            return CheckResult("policy", "warning", untrusted, self._texts.get("doctor.policy.look", **facts))
        return self._ok("policy", self._texts.get("doctor.policy.rules", count=len(found.rules)))

    def _model(self) -> CheckResult:
        from fazai_tui.engine.catalogue import Catalogue
        from fazai_tui.engine.remote_address import is_remote

        try:
            name = self._invocation.settings().engine.model
        except FazaiError:
            name = Settings().engine.model
        if is_remote(name):
            from fazai_tui.cli.remote_models import look_at

            found = look_at(self._invocation, name)
            return self._ok("model", f"{found.name}: {found.path}")
        file = Catalogue(self._paths.models_dir, self._texts).resolve(name)
        return self._ok("model", f"{file.name}: {file.path}")

    def _bash(self) -> CheckResult:
        found = shutil.which("bash")
        return self._ok("bash", found) if found else self._failure("bash")

    def _pty(self) -> CheckResult:
        controller, terminal = os.openpty()
        name = os.ttyname(terminal)
        os.close(controller)
        os.close(terminal)
        return self._ok("pty", name)

    def _sandboxes(self) -> Mapping[str, Callable[[], CheckResult]]:
        from fazai_tui.cli.sandbox_checks import SandboxChecks

        try:
            settings = self._invocation.settings()
        except FazaiError:
            # That the settings are broken is told by another check.
            settings = Settings()
        checks = SandboxChecks(self._texts, settings).all()
        return {name: partial(_result, name, check) for name, check in checks.items()}

    def _ledger(self) -> CheckResult:
        from fazai_tui.ledger.database import check_ledger

        check_ledger(self._paths.ledger_file, self._texts)
        return self._ok("ledger", str(self._paths.ledger_file))

    def _log(self) -> CheckResult:
        file = self._paths.log_file
        ensure_directory(file.parent)
        target = file if file.exists() else file.parent
        return self._ok("log", str(file)) if os.access(target, os.W_OK) else self._failure("log", reason=str(target))

    def _space(self) -> CheckResult:
        place = _existing(self._paths.data_dir)
        free = shutil.disk_usage(place).free
        shown = f"{free / 1024**3:.1f} GiB"
        if free < _LITTLE_SPACE:
            return self._failure("space", reason=f"{shown}, {place}")
        return self._ok("space", f"{shown}, {place}")

    def _terminal(self) -> CheckResult:
        environment = self._invocation.environment
        kind, colours = environment.get("TERM", ""), environment.get("COLORTERM", "")
        if kind in ("", "dumb"):
            return self._warning("terminal", kind=kind or "?")
        return self._ok("terminal", f"{kind} {colours}".strip())

    def _locale(self) -> CheckResult:
        encoding = locale.getencoding()
        is_utf8 = codecs.lookup(encoding).name == "utf-8"
        return self._ok("locale", encoding) if is_utf8 else self._warning("locale", encoding=encoding)


def _result(name: str, check: Callable[[], tuple[Literal["ok", "warning", "failure"], str, str]]) -> CheckResult:
    return CheckResult(name, *check())


def _existing(place: Path) -> Path:
    """Return the nearest directory above that exists, or the place itself."""
    return next(candidate for candidate in (place, *place.parents) if candidate.exists())
