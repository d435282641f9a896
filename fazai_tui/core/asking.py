"""Telling questions from orders by how a sentence begins."""

import re
import unicodedata

_QUESTION = re.compile(
    r"(?:(?:e|mas|so|and|hey|ei|oi|fazai)[, ]+)*"
    r"(?:o que|oq|que|q|qual|quais|quem|quando|onde|aonde|cade|quant\w*|qto|qnto|por ?que|pq|como|existem?|"
    r"(?:tem|ha)(?! (?:que|como|jeito)\b)|vale|what|which|who|whom|whose|where|when|why|how|is|are|was|were|"
    r"does|did|has|any|(?:do|have) (?:i|you|we|they|these|those|my|the)|what's|who's|where's)\b"
)
_HOW_TO = re.compile(
    r"(?:(?:e|mas|so|and|hey|ei|oi|fazai)[, ]+)*"
    r"(?:como(?: que)? (?!est|vai|anda|ta\b|root\b)|how (?:do|can|could|would|should|to|does)\b|what's the command|"
    r"what is the command|which command|qual (?:e )?(?:o )?comando|que comando)"
)


def is_question(text: str) -> bool:
    """Tell whether a sentence begins as a question does; a question mark alone says little, orders have them too."""
    return _QUESTION.match(_folded(text)) is not None


def asks_how(text: str) -> bool:
    """Tell whether a sentence asks how something is done, and not for it to be done."""
    return _HOW_TO.match(_folded(text)) is not None


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).strip(" ¿¡\"'")
