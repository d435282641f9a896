"""Names that stand in the ledger, and for what is in it."""

from typing import Final

LAST: Final = "--last"
"""The session that was used last."""

CROSSING: Final = "crossing"
"""The type of the entries of what left the machine, and of what came back."""
