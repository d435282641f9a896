"""Going on with a session: what of it is brought back."""

from dataclasses import dataclass

from fazai_tui.core.generation import TurnRecord


@dataclass(frozen=True, slots=True)
class ResumedSession:
    """A session as it was left.

    Attributes:
        session_id: Its id, under which it goes on.
        transcript: Its orders and what came of them, oldest first.
    """

    session_id: str
    transcript: tuple[TurnRecord, ...]
