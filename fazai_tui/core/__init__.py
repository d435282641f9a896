"""Domain values, events and ports. Standard library and pydantic only."""
