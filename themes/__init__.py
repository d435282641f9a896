"""Colour themes as data, and the registry that reads them."""
