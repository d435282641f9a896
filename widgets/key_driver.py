"""Reads the keyboard so that Escape with what follows it is not lost."""

import codecs
import os
import selectors
from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_READ_BYTES = 4096
_WAIT_SECONDS = 0.1
_ALT = "alt+"


class KeyParser(XTermParser):
    """Names every key that comes right after Escape with Alt, not letters and digits alone.

    Whoever types `Esc :` in an editor is quicker than the delay that tells Escape from Alt.
    """

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        for event in super()._sequence_to_key_events(sequence, alt=alt):
            is_told = not alt or event.key.startswith(_ALT)
            yield event if is_told else events.Key(f"{_ALT}{event.key}", event.character)


class KeyDriver(LinuxDriver):
    """The driver for Linux terminals with that parser."""

    def run_input_thread(self) -> None:
        """Read until the program ends, and hand on what was typed."""
        parser = KeyParser(self._debug)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                text = ""
                if selector.select(_WAIT_SECONDS):
                    data = os.read(self.fileno, _READ_BYTES)
                    if not data:
                        return
                    text = decoder.decode(data)
                for event in (*(parser.feed(text) if text else ()), *parser.tick()):
                    self.process_message(event)
