"""The policy: grades bash command lines by code."""

from functools import cached_property

from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Assessment
from fazai_tui.policy.judge import Judge
from fazai_tui.policy.places import Places
from fazai_tui.policy.reader import ScriptReader
from fazai_tui.policy.rulebook import RuleBook, load_rulebook


class BashPolicy:
    """Implements `core.ports.PolicyEngine` for bash text.

    The rules are read at the first assessment; importing this module loads the parser (about 20 ms).

    Args:
        home: The user's home directory.
        user: The user's name; empty when unknown.
        rules: The rules of programs; None for the shipped ones.
        own: Directories with FazAI's own settings and rules.
    """

    def __init__(self, *, home: str, user: str = "", rules: RuleBook | None = None, own: tuple[str, ...] = ()) -> None:
        self._home = home
        self._own = own
        self._user = user
        self._given = rules
        self._reader = ScriptReader()

    @cached_property
    def rules(self) -> RuleBook:
        """The rules in force."""
        return self._given if self._given is not None else load_rulebook()

    @cached_property
    def _places(self) -> Places:
        return Places(self.rules.places, home=self._home, own=self._own)

    def assess(self, command: str, cwd: str = "") -> Assessment:
        """Grade a command line that would run in a directory; nothing is run."""
        judge = Judge(self.rules, self._places.seen_from(cwd), self._reader, user=self._user, home=self._home)
        try:
            judge.text(command)
        except RecursionError:
            # Nested beyond what Python follows: nothing that a person or a model means well.
            judge.findings.add(Risk.HIGH, "too_deep")
        return judge.findings.assessment(command)
