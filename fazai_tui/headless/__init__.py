"""Orders without a screen: the same session, told as JSON lines or as plain text."""
