"""Inference: llama.cpp on a thread of its own, prompts, grammars and the catalogue of models."""
