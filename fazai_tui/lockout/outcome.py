"""What became of one thing that was put back; standard library alone, as the watcher has to start quickly."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing: `kind` and `name` say which, `detail` why it is not as it was."""

    kind: str
    name: str
    is_back: bool
    detail: str = ""

    def facts(self) -> dict[str, object]:
        """Return it as JSON takes it."""
        return asdict(self)


def done(kind: str, name: str, problem: str = "") -> Outcome:
    """Return the outcome of one attempt."""
    return Outcome(kind, name, not problem, problem)
