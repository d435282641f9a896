"""Model errors in the user's language."""

from collections.abc import Mapping

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ErrorKind, ModelError


def model_error(
    texts: Texts, problem: str, facts: Mapping[str, object] | None = None, *, kind: ErrorKind | None = None
) -> ModelError:
    """Return the error for a problem named in the catalogue `engine`.

    Args:
        texts: The language.
        problem: The catalogue's table, with a `message` and a `hint`.
        facts: Fields of the two texts.
        kind: Replaces the kind `model`.
    """
    message, hint = (texts.get(f"engine.{problem}.{part}", **(facts or {})) for part in ("message", "hint"))
    return ModelError(texts.get("engine.title"), message, hint, kind=kind)
