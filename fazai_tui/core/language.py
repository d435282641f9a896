"""The languages FazAI speaks."""

from typing import Literal

Language = Literal["pt", "en"]
"""The languages of phrasings, explanations and the interface."""
