"""Settings, paths, texts and data that ship with FazAI."""
