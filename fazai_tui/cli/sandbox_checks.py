"""What an installation's sandbox holds, mode by mode, and by which means."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Literal

from fazai_tui.cli.composition import resource_limits
from fazai_tui.config.settings import Settings
from fazai_tui.config.texts import Texts
from fazai_tui.sandbox import SandboxReport, probe

Finding = tuple[Literal["ok", "warning", "failure"], str, str]
"""How it is, what was found, and what to do."""


class SandboxChecks:
    """Looks once at what confines commands here.

    Args:
        texts: The user's language.
        settings: The limits that are set.
    """

    def __init__(self, texts: Texts, settings: Settings) -> None:
        self._texts = texts
        self._settings = settings

    @cached_property
    def _report(self) -> SandboxReport:
        return probe(resource_limits(self._settings))

    def all(self) -> Mapping[str, Callable[[], Finding]]:
        """Return the checks by their names."""
        return {"sandbox": self.modes, "throwaway": self.throwaway, "limits": self.limits}

    def modes(self) -> Finding:
        """Tell how `read-only` and `workspace-write` are held."""
        best = self._report.best
        if best is None:
            refusals = "; ".join(f"{method.method}: {method.refusal}" for method in self._report.methods)
            return self._bad("failure", "sandbox", reason=refusals)
        parts = [self._texts.get("doctor.sandbox.modes", means=f"{best.method} + seccomp")]
        parts += [self._texts.get(gap) for gap in best.gaps]
        others = [method.method for method in self._report.methods if method.is_available and method is not best]
        parts += [self._texts.get("doctor.sandbox.others", methods=", ".join(others))] if others else []
        return "ok", "; ".join(parts), ""

    def throwaway(self) -> Finding:
        """Tell whether `ephemeral` is to be had."""
        if self._report.overlay_refusal:
            return self._bad("warning", "throwaway", reason=self._report.overlay_refusal)
        return "ok", self._texts.get("doctor.throwaway.means"), ""

    def limits(self) -> Finding:
        """Tell by which means the limits that are set are held."""
        held = self._report.limits
        if held.missing:
            return self._bad("failure", "limits", names=", ".join(f"sandbox.{name}" for name in held.missing))
        if not held.means:
            return "ok", self._texts.get("doctor.limits.none"), ""
        rows = [
            self._texts.get(
                "doctor.limits.held", name=f"sandbox.{name}", means=self._texts.get(f"doctor.limits.{means}")
            )
            for name, means in held.means.items()
        ]
        return "ok", "; ".join(rows), ""

    def _bad(self, status: Literal["warning", "failure"], name: str, **facts: str) -> Finding:
        texts = self._texts
        return status, texts.get(f"doctor.{name}.problem", **facts), texts.get(f"doctor.{name}.remedy", **facts)
