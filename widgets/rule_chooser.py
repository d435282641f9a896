"""For how long an approval holds: the choices, and the rule that each would make."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, TypeAlias

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from fazai_tui.config.texts import Texts
from fazai_tui.widgets.plain import visible

Choice: TypeAlias = Literal["plan", "session", "always"]

CHOICES: Sequence[Choice] = ("plan", "session", "always")


class RuleChooser(Vertical):
    """Offers scopes; what is highlighted shows the rule in full before it is taken."""

    DEFAULT_CSS: ClassVar[str] = """
    RuleChooser { height: auto; width: 1fr; display: none; }
    RuleChooser > OptionList { height: auto; max-height: 5; border: none; padding: 0; background: $panel; }
    RuleChooser > OptionList:focus { border: none; background: $panel; }
    RuleChooser > Static { height: auto; width: 1fr; padding: 0 1; color: $foreground-muted; }
    """

    class Chosen(Message):
        """A scope was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice: Choice = choice

    def __init__(self, texts: Texts, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts
        self._choices: Sequence[Choice] = ()
        self._offer = ""

    def compose(self) -> ComposeResult:
        """Build the choices and the place of the rule."""
        yield OptionList(compact=True)
        yield Static(markup=False)

    @property
    def options(self) -> OptionList:
        """The list of choices."""
        return self.query_one(OptionList)

    def offer(self, choices: Sequence[Choice], rule: str) -> None:
        """Show choices, the first one highlighted.

        Args:
            rule: The rule that the choices beyond this plan would make, as it is stored.
        """
        self._choices, self._offer = choices, rule
        options = self.options
        options.clear_options()
        options.add_options([self._option(number, choice) for number, choice in enumerate(choices, 1)])
        options.highlighted = 0
        self._show_rule(choices[0])

    def take(self) -> None:
        """Choose what is highlighted."""
        if self.options.highlighted is not None:
            self.post_message(self.Chosen(self._choices[self.options.highlighted]))

    def on_key(self, event: events.Key) -> None:
        """Choose by number."""
        for number, choice in enumerate(self._choices, 1):
            if event.key == str(number):
                event.stop()
                event.prevent_default()
                self.post_message(self.Chosen(choice))

    @on(OptionList.OptionHighlighted)
    def show_what_it_means(self, event: OptionList.OptionHighlighted) -> None:
        """Show the rule of the highlighted choice."""
        event.stop()
        if event.option_index < len(self._choices):
            self._show_rule(self._choices[event.option_index])

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Say what was chosen."""
        event.stop()
        self.post_message(self.Chosen(self._choices[event.option_index]))

    def _option(self, number: int, choice: Choice) -> Option:
        label = self._texts.get(f"screen.approval.scope.{choice}")
        return Option(Content.assemble((str(number), "$accent bold"), f" {label}"), id=choice)

    def _show_rule(self, choice: Choice) -> None:
        means = self._texts.get(f"screen.approval.means.{choice}")
        rule = "" if choice == "plan" else f"\n{visible(self._offer.strip())}"
        self.query_one(Static).update(means + rule)


def keys_to_names(keys: Mapping[str, str]) -> dict[str, str]:
    """Return names by key, where one name may have several keys joined by commas."""
    return {key.strip(): name for name, joined in keys.items() for key in joined.split(",")}
