"""When Python looks for garbage. A search through everything takes 50 to 100 ms, in which no key is seen."""

import gc

_THRESHOLDS = (5_000, 8, 1_000)
"""Objects between searches of the youngest generation, and how many of one make one of the next."""


def search_seldom() -> None:
    """Look through everything only when told to, and leave out what is loaded by now: it stays."""
    gc.set_threshold(*_THRESHOLDS)
    gc.enable()
    gc.freeze()


def search_now() -> None:
    """Look through everything, at a moment when nobody waits for the screen; what is left stays for long."""
    gc.collect()
    gc.freeze()
