"""What code says, in the words of who leads."""

from contextlib import suppress

from fazai_tui.config.texts import Texts


class VoicedTexts(Texts):
    """The texts of a language, those of the session worded as a persona does where it has words of its own.

    Args:
        texts: The texts.
        voice: The shipped persona whose wordings are used.
    """

    def __init__(self, texts: Texts, voice: str) -> None:
        super().__init__(texts.language)
        self._voice = voice

    def get(self, key: str, /, **params: object) -> str:
        """Return a text with its fields filled in.

        Raises:
            KeyError: The catalogue has no such key.
        """
        area, _, name = key.partition(".")
        if area == "session":
            with suppress(KeyError):
                return super().get(f"voice.{self._voice}.{name}", **params)
        return super().get(key, **params)
