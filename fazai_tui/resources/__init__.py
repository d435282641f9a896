"""The machine FazAI runs on."""
