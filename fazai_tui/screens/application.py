"""The application as the screens know it."""

from textual.app import App


class ScreenApp(App[None], inherit_bindings=False):
    """An application without a result and without bindings of Textual's own."""
