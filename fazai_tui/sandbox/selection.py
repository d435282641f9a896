"""Chooses how to confine, and reports what this machine can do."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.core.policy import SandboxMode
from fazai_tui.core.ports import SandboxLauncher
from fazai_tui.jail import landlock
from fazai_tui.sandbox.confinement import Confinement, confinement, is_the_machines, workplaces
from fazai_tui.sandbox.launchers import Method, PlainLauncher, launcher_by, refusal
from fazai_tui.sandbox.limits import LimitPlan, ResourceLimits, plan_limits
from fazai_tui.sandbox.throwaway import ThrowAwayLauncher, ThrowAwayLayer

_TRIAL_SIZE = 1 << 20
LAYER_SIZE = 1 << 30
"""Bytes that all changes in a throw-away layer may take, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class MethodReport:
    """Whether one way to confine works here.

    Attributes:
        refusal: Why it does not, in the words of the system; empty when it does.
        gaps: Message keys of what it does not cover.
    """

    method: Method
    refusal: str
    gaps: tuple[str, ...]

    @property
    def is_available(self) -> bool:
        """Whether it works."""
        return not self.refusal


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """What this machine can do, the best way first.

    Attributes:
        methods: The ways to confine for `read-only` and `workspace-write`.
        landlock_abi: The version of Landlock, 0 without it.
        overlay_refusal: Why there is no `ephemeral`, in the words of the system; empty when there is.
        limits: How the limits that are set are held.
    """

    methods: tuple[MethodReport, ...]
    landlock_abi: int
    overlay_refusal: str
    limits: LimitPlan

    @property
    def best(self) -> MethodReport | None:
        """The way that is taken; None when only `danger-full-access` can be had."""
        return next((method for method in self.methods if method.is_available), None)


def probe(limits: ResourceLimits | None = None) -> SandboxReport:
    """Try every way to confine, by starting a program that does nothing.

    Args:
        limits: The limits that are set.
    """
    held = plan_limits(limits or ResourceLimits())
    reports: list[MethodReport] = []
    for method in Method:
        launcher = launcher_by(method, SandboxMode.READ_ONLY, Confinement(), held)
        reports.append(MethodReport(method, refusal(launcher, cwd="/"), launcher.gaps))
    return SandboxReport(tuple(reports), landlock.abi(), _overlay_refusal(held), held)


def _overlay_refusal(held: LimitPlan) -> str:
    try:
        layer = ThrowAwayLayer((), _TRIAL_SIZE)
    except OSError as error:
        return str(error.strerror)
    try:
        return refusal(ThrowAwayLauncher(Confinement(), held, layer), cwd="/")
    finally:
        layer.close()


def create_launcher(
    mode: SandboxMode,
    *,
    workspace: str,
    env: Mapping[str, str],
    texts: Texts,
    writable_roots: Sequence[str] = (),
    private_paths: Sequence[str] = (),
    has_network: bool = False,
    methods: Sequence[Method] = tuple(Method),
    resources: ResourceLimits | None = None,
    layer_size: int = LAYER_SIZE,
) -> SandboxLauncher:
    """Return what confines the shell, tried out on this machine.

    Args:
        mode: What commands can reach.
        workspace: The directory that `workspace-write` may change, usually the cwd.
        env: The environment of commands; names the home directory.
        texts: For errors.
        writable_roots: More directories for `workspace-write`.
        private_paths: What commands may never read: the directories of this program's own configuration, data and
            state. They are made where missing, because only what exists can be masked.
        has_network: Whether the network stays on.
        methods: The ways to try, in this order; `ephemeral` has only one.
        resources: What commands may take of the machine.
        layer_size: Bytes that all changes of `ephemeral` may take.

    Raises:
        ConfigurationError: The mode or a limit cannot be had here; it is never replaced by a weaker one.
    """
    if mode is SandboxMode.DANGER_FULL_ACCESS:
        return PlainLauncher()
    for path in private_paths:
        with contextlib.suppress(OSError):
            os.makedirs(path, mode=0o700, exist_ok=True)
    granted = {"writable_roots": writable_roots, "private_paths": private_paths}
    limits = confinement(mode, workspace=workspace, env=env, has_network=has_network, **granted)
    _refuse_places(limits, mode, workspace, texts)
    held = plan_limits(resources or ResourceLimits())
    if held.missing:
        raise _error(texts, "limit", mode=mode, names=", ".join(f"sandbox.{name}" for name in held.missing))
    if mode is SandboxMode.EPHEMERAL:
        return _throw_away(limits, held, layer_size, workspace, workplaces(workspace, env, writable_roots), texts)
    launchers = [launcher_by(method, mode, limits, held) for method in methods]
    return _first_that_works(dict(zip(methods, launchers, strict=True)), mode, workspace, texts)


def _refuse_places(limits: Confinement, mode: SandboxMode, workspace: str, texts: Texts) -> None:
    if place := next((path for path in limits.writable if is_the_machines(path)), None):
        raise _error(texts, "machine", mode=mode, path=place)
    inside = os.path.realpath(workspace) + "/"
    if secret := next((path for path in limits.masked if inside.startswith(f"{path}/")), None):
        raise _error(texts, "secret", mode=mode, path=secret)


def _first_that_works(
    launchers: Mapping[Method, SandboxLauncher], mode: SandboxMode, workspace: str, texts: Texts
) -> SandboxLauncher:
    refusals: list[str] = []
    for method, launcher in launchers.items():
        why = refusal(launcher, cwd=workspace)
        if not why:
            return launcher
        refusals.append(f"{method}: {why}")
    raise _error(texts, "unavailable", mode=mode, detail="; ".join(refusals))


def _throw_away(
    limits: Confinement, held: LimitPlan, size: int, workspace: str, own: Sequence[str], texts: Texts
) -> SandboxLauncher:
    mode = SandboxMode.EPHEMERAL
    try:
        layer = ThrowAwayLayer(limits.masked, size, own)
    except OSError as error:
        raise _error(texts, "ephemeral", mode=mode, detail=str(error.strerror)) from error
    launcher = ThrowAwayLauncher(limits, held, layer)
    if place := layer.closed_for(workspace):
        layer.close()
        raise _error(texts, "place", mode=mode, path=place)
    if why := refusal(launcher, cwd=workspace):
        layer.close()
        raise _error(texts, "ephemeral", mode=mode, detail=why)
    return launcher


def _error(texts: Texts, name: str, **params: str) -> ConfigurationError:
    keys = (f"sandbox.error.{name}.{part}" for part in ("title", "message", "hint"))
    return ConfigurationError(*(texts.get(key, **params) for key in keys))
