"""The visible parts. A widget gets data and emits messages; it knows no session."""
