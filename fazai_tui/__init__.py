"""FazAI: a local-first terminal assistant for people who run Linux machines."""

__version__ = "0.1.0"
