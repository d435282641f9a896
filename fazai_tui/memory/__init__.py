"""What FazAI knows: the cookbook and how it is searched."""
