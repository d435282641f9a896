"""Personas in long-term memory: machines that share a store share their personas."""

import uuid
from collections.abc import Sequence
from typing import Final

from fazai_tui.core.persona import Persona
from fazai_tui.memory.longterm.collection import CollectionName, Payload, StoredPoint, Where
from fazai_tui.memory.longterm.payload import now_in_seconds
from fazai_tui.memory.longterm.sparse import WordsMaker
from fazai_tui.memory.longterm.store import MemoryStore

_NAME: CollectionName = "fazai_personality"
_KIND: Final = "persona"
_SPACE = uuid.UUID("7d0d0d0e-6f1b-5c57-9f5a-0a6f6a7a6c10")
_FROM_HOST = "host:"


class Personality:
    """The collection of personas. Its methods may be called in any thread, and block.

    Args:
        store: Where it lies.
        words: Makes what personas are found by.
    """

    def __init__(self, store: MemoryStore, words: WordsMaker) -> None:
        self._store = store
        self._words = words

    def sync(self, personas: Sequence[Persona], host: str) -> tuple[Persona, ...]:
        """Store the personas of a machine, drop those it no longer has, and return the ones only others stored.

        Raises:
            FazaiError: The store cannot be used.
        """
        here = {persona.name: persona for persona in personas}
        with self._store.use(_NAME) as collection:
            stored = {str(payload.get("key", "")): (point, payload) for point, payload in collection.scan(_ALL)}
            changed = [
                persona
                for name, persona in here.items()
                if name not in stored or stored[name][1].get(_KIND) != persona.model_dump(mode="json")
            ]
            gone = [
                point for name, (point, payload) in stored.items() if name not in here and payload.get("host") == host
            ]
            if changed:
                collection.put([self._point(persona, host) for persona in changed])
            if gone:
                collection.drop(gone)
        others = (payload for name, (_, payload) in stored.items() if name not in here and payload.get("host") != host)
        return tuple(_persona_of(payload) for payload in others)

    def _point(self, persona: Persona, host: str) -> StoredPoint:
        text = "\n".join((persona.name, persona.description, *persona.words, persona.text))
        payload: Payload = {
            "kind": _KIND,
            "key": persona.name,
            "host": host,
            "text": text,
            "pinned": False,
            "used_at": now_in_seconds(),
            "embedding": "",
            _KIND: persona.model_dump(mode="json"),
        }
        return StoredPoint(str(uuid.uuid5(_SPACE, persona.name)), payload, self._words.of_entry(text))


_ALL = Where({"kind": (_KIND,)})


def _persona_of(payload: Payload) -> Persona:
    persona = Persona.model_validate(payload.get(_KIND))
    return persona.model_copy(update={"origin": f"{_FROM_HOST}{payload.get('host', '')}"})
