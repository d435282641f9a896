"""What grading a command line brings to light."""

from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Assessment, Decision, Reason

_PREFIX = "policy.reason."


class Findings:
    """Collects reasons, commands and written files."""

    def __init__(self) -> None:
        self._reasons: dict[tuple[str, tuple[tuple[str, str], ...]], Risk] = {}
        self._count = 0
        self._commands: list[tuple[str, ...]] = []
        self._writes: list[str] = []

    @property
    def count(self) -> int:
        """How often something was noted, repetitions included."""
        return self._count

    def add(self, risk: Risk, key: str, **params: str) -> None:
        """Note a reason; the same one is kept once, at its highest risk."""
        self._count += 1
        identity = key, tuple(sorted(params.items()))
        self._reasons[identity] = Risk.highest(risk, self._reasons.get(identity, Risk.LOW))

    def command(self, argv: tuple[str, ...]) -> None:
        """Note a command that would run."""
        if argv not in self._commands:
            self._commands.append(argv)

    def write(self, path: str) -> None:
        """Note a file or a pattern that would be written or deleted."""
        if path not in self._writes:
            self._writes.append(path)

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
        )
