"""What grading a command line brings to light."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Assessment, Decision, Reason, Touched
from fazai_tui.policy.script import Invocation

_PREFIX = "policy.reason."
_NEVER_ALLOWED = frozenset(
    """
    parse_error dynamic_name dynamic_code eval pipe_to_shell remote_code fork_bomb endless_function too_deep own_rules
    """.split()
)
"""Reasons to ask that no rule takes away: what would run is not seen in the command."""
_ANYWHERE = frozenset(
    """
    services starts_service stops_service reloads_services installs_packages upgrades_packages removes_packages packages
    package_lists package_cache firewall firewall_off network_settings system_settings kernel_settings adds_account
    changes_account deletes_account kills lockout mounts power cron cron_removed sets_clock boot storage root_shell
    uses_network downloads system_logs names_host containers starts_container enters_container stops_containers
    deletes_containers database reads_database database_deletes updates_index remote own_access cluster reads_secret
    """.split()
)
"""Reasons that are the same in every directory."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that was looked at.

    Attributes:
        around: The command it stands in, by its place in the list; -1 for none.
    """

    invocation: Invocation
    around: int = -1


@dataclass(frozen=True, slots=True)
class Blame:
    """A risk and whose it is.

    Attributes:
        ran: The command, by its place in the list; -1 for none.
        is_own: Whether its program bears it, and not text inside its arguments.
        is_local: Whether it depends on the directory.
    """

    ran: int
    is_own: bool
    risk: Risk
    is_local: bool


class Findings:
    """Collects reasons, commands and written files, and which command each reason belongs to."""

    def __init__(self) -> None:
        self._reasons: dict[tuple[str, tuple[tuple[str, str], ...]], Risk] = {}
        self._count = 0
        self._commands: list[tuple[str, ...]] = []
        self.ran: list[Ran] = []
        """Every command that was looked at, also those that only run another."""
        self.blamed: set[Blame] = set()
        self._at = -1
        self._is_own = False
        self._writes: list[str] = []
        self._touched: list[Touched] = []
        self.places: list[tuple[Touched, int]] = []
        """What would be written, and by which command, by its place in the list; -1 for none."""

    @property
    def count(self) -> int:
        """How often something was noted, repetitions included."""
        return self._count

    def add(self, risk: Risk, key: str, **params: str) -> None:
        """Note a reason; the same one is kept once, at its highest risk."""
        self._count += 1
        at = -1 if key in _NEVER_ALLOWED else self._at
        is_local = key not in _ANYWHERE and not params.get("path", "").startswith(("/", "~"))
        self.blamed.add(Blame(at, self._is_own, risk, is_local))
        identity = key, tuple(sorted(params.items()))
        self._reasons[identity] = Risk.highest(risk, self._reasons.get(identity, Risk.LOW))

    @contextmanager
    def within(self, invocation: Invocation) -> Generator[None, None, None]:
        """Blame what is found on a command."""
        before = self._at, self._is_own
        self.ran.append(Ran(invocation, self._at))
        self._at, self._is_own = len(self.ran) - 1, True
        try:
            yield
        finally:
            self._at, self._is_own = before

    @contextmanager
    def outside(self) -> Generator[None, None, None]:
        """Blame what is found on the text around the commands."""
        before, self._is_own = self._is_own, False
        try:
            yield
        finally:
            self._is_own = before

    def command(self, argv: tuple[str, ...]) -> None:
        """Note a command that would run."""
        if argv not in self._commands:
            self._commands.append(argv)

    def touch(self, touched: Touched) -> None:
        """Note a file or a pattern that would be written or deleted."""
        if touched.path not in self._writes:
            self._writes.append(touched.path)
        if touched not in self._touched:
            self._touched.append(touched)
            self.places.append((touched, self._at))

    def has_write(self, path: str) -> bool:
        """Return whether a file was noted as written."""
        return path in self._writes

    def assessment(self, command: str) -> Assessment:
        """Return the verdict: no finding at all is what makes a command known as read-only."""
        risk = Risk.highest(*self._reasons.values())
        if not self._reasons:
            decision = Decision.ALLOW
        else:
            decision = Decision.REFUSE if risk is Risk.CRITICAL else Decision.ASK
        ordered = sorted(self._reasons, key=lambda identity: -self._reasons[identity].rank)
        reasons = [Reason(key=_PREFIX + key, params=dict(params)) for key, params in ordered]
        if not reasons and self._commands:
            reasons = [Reason(key=_PREFIX + "reads")]
        return Assessment(
            command=command,
            risk=risk,
            decision=decision,
            reasons=tuple(reasons),
            commands=tuple(self._commands),
            writes=tuple(self._writes),
            touched=tuple(self._touched),
        )
