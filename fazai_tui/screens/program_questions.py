"""The cards on which running programs ask: while one asks for a secret, no other takes the keys."""

from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from fazai_tui.config.texts import Texts
from fazai_tui.core import events as ev
from fazai_tui.screens.parts import MainParts
from fazai_tui.widgets.input_card import InputCard
from fazai_tui.widgets.secret_card import SecretCard
from fazai_tui.widgets.time_limit_card import TimeLimitCard

Card: TypeAlias = InputCard | SecretCard | TimeLimitCard


class ProgramQuestions:
    """Opens and closes the cards above the prompt.

    What is typed into a secret's field must not end in another one that opens meanwhile: neither as half a password for
    another program, nor as an answer to something else. Other cards wait until the field is closed.

    Args:
        parts: The widgets.
        texts: The words.
    """

    def __init__(self, parts: MainParts, texts: Texts) -> None:
        self._parts = parts
        self._texts = texts
        self._held: deque[tuple[str, Callable[[], Card]]] = deque()
        self._secrets: dict[str, tuple[ev.AskingProgram, Callable[[], Card]]] = {}
        self._left_to_keyboard: set[tuple[int, int]] = set()

    @property
    def cards(self) -> list[Card]:
        """The cards that are open."""
        slot = self._parts.input_slot
        return [card for card in slot.children if isinstance(card, InputCard | SecretCard | TimeLimitCard)]

    @property
    def has_secret(self) -> bool:
        """Whether a program has asked for a secret that was not given yet, its field open or put away."""
        return bool(self._secrets)

    async def ask_for_input(self, event: ev.InputAwaited, command: str, question: str) -> None:
        """Ask for what a program waits for; an earlier question of its command is over."""
        await self.close(event.command_id, is_over=True)
        if event.is_secret:

            def make() -> SecretCard:
                return SecretCard(event.command_id, command, event.asker, self._texts, question=question)

            self._secrets[event.command_id] = (event.asker, make)
            await self._open(event.command_id, make)
        else:
            await self._open(
                event.command_id, lambda: InputCard(event.command_id, command, self._texts, question=question)
            )

    async def ask_for_time(self, event: ev.TimeLimitReached, command: str) -> None:
        """Ask whether a command may go on."""
        await self._open(
            event.command_id,
            lambda: TimeLimitCard(event.question_id, event.command_id, command, event.seconds, self._texts),
        )

    async def reopen_secret(self) -> bool:
        """Open a secret's field again that was put away; False when there is none."""
        if any(isinstance(card, SecretCard) for card in self.cards):
            return False
        for command_id, (_, make) in self._secrets.items():
            await self._open(command_id, make)
            return True
        return False

    def is_left_to_keyboard(self, asker: ev.AskingProgram) -> bool:
        """Whether the user chose to answer a process by the keyboard as a whole."""
        return (asker.pid, asker.started) in self._left_to_keyboard

    async def leave_to_keyboard(self) -> None:
        """Close everything: the programs get the keyboard as a whole."""
        self._left_to_keyboard.update((asker.pid, asker.started) for asker, _ in self._secrets.values())
        self._secrets.clear()
        self._held.clear()
        await self.remove(*self.cards)

    async def settle(self, card: SecretCard) -> None:
        """Close the card of a secret that was given, or that will not be."""
        self._secrets.pop(card.command_id, None)
        await self.remove(card)

    async def close(self, command_id: str, *, is_over: bool = False) -> None:
        """Close what a command asks.

        Args:
            command_id: The command.
            is_over: Whether nothing that it asked can be answered any more.
        """
        if is_over:
            self._secrets.pop(command_id, None)
            self._held = deque(held for held in self._held if held[0] != command_id)
        await self.remove(*(card for card in self.cards if card.command_id == command_id))

    async def remove(self, *cards: Card) -> None:
        """Close cards; what had to wait for them follows."""
        had_focus = any(card.has_focus_within or card.has_focus for card in cards)
        for card in cards:
            await card.remove()
        while self._held and not any(isinstance(card, SecretCard) for card in self.cards):
            _, make = self._held.popleft()
            await self._parts.input_slot.mount(make())
            had_focus = False
        if had_focus:
            screen = self._parts.prompt.screen
            screen.set_focus(self._parts.approvals.current or self._parts.prompt.editor)

    async def _open(self, command_id: str, make: Callable[[], Card]) -> None:
        if any(isinstance(card, SecretCard) for card in self.cards):
            self._held.append((command_id, make))
        else:
            await self._parts.input_slot.mount(make())
