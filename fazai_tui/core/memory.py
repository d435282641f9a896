"""What is remembered from one session to the next, and what was recalled of it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from fazai_tui.core.language import Language

MemoryKind = Literal["fact", "preference", "plan", "cure"]
"""What the user stated, what the user prefers, commands that fulfilled an order, commands that mended an error."""

MemorySource = Literal["user", "turn", "correction", "import"]
"""Who said it: the user, a turn that was fulfilled, a command that the user edited, a file."""

MemoryAction = Literal["recalled", "remembered", "edited", "pinned", "unpinned", "forgotten"]
"""What was done with entries."""

MemoryMatch = Literal["same", "both", "words", "meaning"]
"""Why an entry was recalled: it is the same order, or it resembles it in words, in meaning, or in both."""

TEXT_LIMIT = 4000
"""Characters of one entry's text."""


class MemoryDraft(BaseModel):
    """What is to be remembered.

    Attributes:
        text: The fact, the order of a plan, or the error that was mended.
        commands: What fulfilled the order or mended the error, in their sequence.
        host: Where it holds; empty for everywhere.
    """

    model_config = ConfigDict(frozen=True)

    kind: MemoryKind = "fact"
    text: str = Field(min_length=1, max_length=TEXT_LIMIT)
    commands: tuple[str, ...] = ()
    language: Language = "pt"
    host: str = ""
    source: MemorySource = "user"


class MemoryEntry(MemoryDraft):
    """One entry of long-term memory.

    Attributes:
        created_at: Seconds since the epoch.
        used_at: When it was last stored or of use.
        uses: How often it was of use.
        failures: How often in a row what it proposes failed or was declined; 0 after it was of use again.
    """

    id: str
    created_at: float
    used_at: float
    uses: int = 0
    failures: int = 0
    pinned: bool = False


class Recalled(BaseModel):
    """An entry that was recalled, why, and how strongly.

    Attributes:
        score: 0 to 1, after decay.
    """

    model_config = ConfigDict(frozen=True)

    entry: MemoryEntry
    score: float
    match: MemoryMatch
