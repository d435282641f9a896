"""Throw-away environments: a machine in memory to play in, which vanishes with who made it."""
