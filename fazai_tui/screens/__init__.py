"""Screens arrange widgets and route events between them and the session."""
