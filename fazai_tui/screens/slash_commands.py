"""The commands that begin with a slash."""

import difflib
from collections.abc import Sequence
from typing import Protocol

from fazai_tui.bridge import SessionPort
from fazai_tui.config.texts import Texts
from fazai_tui.core.policy import ApprovalPolicy
from fazai_tui.widgets.completion import Suggestion
from fazai_tui.widgets.status_bar import MODES, Mode

NAMES = (
    "help",
    "model",
    "persona",
    "mode",
    "sandbox",
    "approval",
    "context",
    "memory",
    "remember",
    "forget",
    "history",
    "resume",
    "new",
    "undo",
    "keep",
    "revert",
    "retry",
    "copy",
    "export",
    "theme",
    "lang",
    "config",
    "doctor",
    "jobs",
    "cancel",
    "quit",
)
"""Every command."""

EXPORTS = ("markdown", "script", "json")
"""What an export may be; the first unless another one is named."""

PERSONAS = ("auto", "claudio", "yui", "heathcliff", "hybrid")
"""Personas that come with FazAI, and the name that lets it choose; the user's own can be typed."""

SPOKEN = ("remember", "forget", "context")
"""Commands that are followed by what the user has to say."""


class CommandHost(Protocol):
    """What the commands act on: the main screen."""

    @property
    def session(self) -> SessionPort | None:
        """The session, once it is open."""
        ...

    @property
    def mode(self) -> Mode:
        """What Enter does."""
        ...

    @property
    def theme_names(self) -> Sequence[str]:
        """The themes there are."""
        ...

    def set_mode(self, mode: Mode) -> None:
        """Change what Enter does."""
        ...

    def set_approval(self, policy: ApprovalPolicy) -> None:
        """Change when the user is asked."""
        ...

    def set_persona(self, name: str) -> None:
        """Change who answers; without a name, tell who does and who might."""
        ...

    def show_context(self, order: str) -> None:
        """Show what the model would get for an order; without one, for the last."""
        ...

    def set_theme(self, name: str) -> None:
        """Change the colours."""
        ...

    def current_theme(self) -> str:
        """Return the theme in use."""
        ...

    def model_name(self) -> str:
        """Return the model in use."""
        ...

    def export(self, kind: str) -> None:
        """Write the session to a file: as a runbook, a script or JSON."""
        ...

    def undo(self, name: str) -> None:
        """Take steps back: those of the last turn, or what is named."""
        ...

    def remember(self, text: str) -> None:
        """Remember what the user states."""
        ...

    def forget(self, name: str) -> None:
        """Forget an entry of memory; without a name, show what there is."""
        ...

    def show_memory(self, text: str) -> None:
        """Show what is remembered and resembles a text; without a text, the newest entries."""
        ...

    def act(self, action: str) -> None:
        """Do what a key does, by the name of its action."""
        ...

    def say(self, text: str) -> None:
        """Tell the user something in the chat."""
        ...


def suggestions(texts: Texts, theme_names: Sequence[str]) -> tuple[Suggestion, ...]:
    """Return what `/` completes to, values included."""
    values: dict[str, Sequence[str]] = {
        "mode": MODES,
        "approval": tuple(ApprovalPolicy),
        "theme": tuple(theme_names),
        "export": EXPORTS,
        "persona": PERSONAS,
    }
    found: list[Suggestion] = []
    for name in NAMES:
        is_final = name not in values and name not in SPOKEN
        found.append(Suggestion(f"/{name}", texts.get(f"screen.command.{name}"), is_final))
        found += [Suggestion(f"/{name} {value}", "", True) for value in values.get(name, ())]
    return tuple(found)


class SlashCommands:
    """Carries out commands."""

    def __init__(self, host: CommandHost, texts: Texts) -> None:
        self._host = host
        self._texts = texts

    def run(self, text: str) -> None:
        """Carry out `/name argument`; an unknown name is answered by the nearest known one."""
        name, _, argument = text.removeprefix("/").strip().partition(" ")
        argument = argument.strip()
        match name:
            case "mode":
                self._mode(argument)
            case "approval":
                self._approval(argument)
            case "theme":
                self._theme(argument)
            case "model":
                self._reply("model", model=self._host.model_name() or "?")
            case "undo":
                self._host.undo(argument)
            case "memory":
                self._host.show_memory(argument)
            case "remember":
                self._host.remember(argument)
            case "forget":
                self._host.forget(argument)
            case "export":
                self._export(argument)
            case "persona":
                self._host.set_persona(argument)
            case "context":
                self._host.show_context(argument)
            case "sandbox":
                self._show_sandbox()
            case "lang" | "doctor":
                self._reply(name)
            case _ if name in NAMES:
                self._host.act(name)
            case _:
                nearest = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.0)[0]
                self._reply("unknown", name=name, nearest=nearest)

    def _mode(self, value: str) -> None:
        names: dict[str, Mode] = {}
        for mode in MODES:
            names[mode] = names[self._texts.get(f"screen.mode.{mode}")] = mode
        if value and value not in names:
            self._reply("bad_value", name="mode", value=value, values=", ".join(MODES))
            return
        if value:
            self._host.set_mode(names[value])
        self._reply("mode", mode=self._texts.get(f"screen.mode.{self._host.mode}"))

    def _export(self, value: str) -> None:
        if value in ("", *EXPORTS):
            self._host.export(value or EXPORTS[0])
        else:
            self._reply("bad_value", name="export", value=value, values=", ".join(EXPORTS))

    def _approval(self, value: str) -> None:
        session = self._host.session
        if session is None:
            return
        if not value:
            current = session.settings.approval
            others = ", ".join(policy for policy in ApprovalPolicy if policy is not current)
            self._reply("approval", approval=current, others=others)
        elif value in tuple(ApprovalPolicy):
            self._host.set_approval(ApprovalPolicy(value))
            self._reply("approval_changed", approval=value)
        else:
            self._reply("bad_value", name="approval", value=value, values=", ".join(ApprovalPolicy))

    def _theme(self, value: str) -> None:
        names = self._host.theme_names
        if not value:
            self._host.say(
                self._texts.get("screen.theme.list", themes=", ".join(names), current=self._host.current_theme())
            )
        elif value in names:
            self._host.set_theme(value)
            self._host.say(self._texts.get("screen.theme.changed", name=value))
        else:
            self._host.say(self._texts.get("screen.theme.unknown", name=value, themes=", ".join(names)))

    def _show_sandbox(self) -> None:
        if (session := self._host.session) is not None:
            self._reply("sandbox", sandbox=session.settings.sandbox)

    def _reply(self, answer: str, /, **params: object) -> None:
        self._host.say(self._texts.get(f"screen.command.reply.{answer}", **params))
