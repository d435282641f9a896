"""The durable record of what was ordered, decided and run: SQLite."""
