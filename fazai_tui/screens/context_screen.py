"""The main screen's personas and context: /persona and /context."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fazai_tui.bridge import SessionPort
from fazai_tui.core.errors import FazaiError
from fazai_tui.screens.memory_screen import MemoryScreen


class ContextScreen(MemoryScreen):
    """Lets the user choose who answers, and see what the model gets."""

    def set_persona(self, name: str) -> None:
        """Change who answers; without a name, tell who does and who might."""
        self._ask_session(lambda session: self._choose(session, name) if name else self._tell_persona(session))

    def show_context(self, order: str) -> None:
        """Show what the model would get for an order; without one, for the last."""
        self._ask_session(lambda session: self._preview(session, order or self.last_order))

    def _ask_session(self, action: Callable[[SessionPort], Awaitable[None]]) -> None:
        self.run_worker(self._with_session(action), group="context", exit_on_error=False)

    async def _with_session(self, action: Callable[[SessionPort], Awaitable[None]]) -> None:
        if self.session is None:
            self.notify(self.texts.get("screen.memory.no_session"), severity="warning")
            return
        try:
            await action(self.session)
        except FazaiError as error:
            await self.show_error(error)

    async def _tell_persona(self, session: SessionPort) -> None:
        current = session.settings.persona
        names = [name for name in (*await session.context.persona_names(), "auto") if name != current]
        await self._say("persona", persona=current, others=", ".join(names))

    async def _choose(self, session: SessionPort, name: str) -> None:
        greeting = await session.context.choose(name)
        session.settings = session.settings.model_copy(update={"persona": name})
        self.show_profile()
        await self._say("persona_changed", greeting=greeting, persona=name)

    async def _preview(self, session: SessionPort, order: str) -> None:
        if not order:
            await self._say("no_order")
            return
        seen = await session.context.preview(order, session.settings, session.cwd)
        await self.parts.memory.show(seen.parts, seen.budget)
        self.focus_pane("memory")
        self.parts.memory.focus_first()
        await self._say("context", tokens=seen.tokens, budget=seen.budget, persona=seen.persona)
        if seen.is_compact:
            await self._say("context_compact")

    async def _say(self, reply: str, /, **params: object) -> None:
        await self.parts.chat.add_note("·", "$accent bold", self.texts.get(f"screen.command.reply.{reply}", **params))
