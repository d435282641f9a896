"""Long-term memory: a Qdrant store, embedding in a process of its own, recall."""
