"""What stands for a session without being its id."""

from typing import Final

LAST: Final = "--last"
"""The session that was used last."""
