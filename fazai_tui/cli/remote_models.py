"""What `fazai model` and `fazai doctor` say of a model at an address."""

import asyncio
from collections.abc import Mapping

from fazai_tui.cli.engines import remote_engine
from fazai_tui.cli.invocation import Invocation
from fazai_tui.core.egress import Crossing
from fazai_tui.core.generation import EngineInfo
from fazai_tui.engine.remote_address import RemoteAddress, model_label, read_address
from fazai_tui.engine.remote_client import Patience
from fazai_tui.engine.remote_keys import RemoteKeys
from fazai_tui.ledger.recorder import SqliteLedger

_PATIENCE = Patience(silence=10.0, attempts=2)
"""For a list of models, while somebody waits for it."""


def look_at(invocation: Invocation, model: str) -> EngineInfo:
    """Ask a service for a model and return what it says.

    Raises:
        ModelError: It cannot be reached, wants a key, is not allowed, or has no such model.
        ConfigurationError: A setting does not do.
    """
    ledger = SqliteLedger(invocation.paths.ledger_file, invocation.texts)

    def record(crossing: Crossing) -> None:
        ledger.note_crossing("", crossing)

    engine = remote_engine(invocation, invocation.settings(), model, record, _PATIENCE)

    async def ask() -> EngineInfo:
        try:
            return await engine.load()
        finally:
            await engine.close()

    try:
        return asyncio.run(ask())
    finally:
        ledger.close()


def facts_of(invocation: Invocation, model: str) -> Mapping[str, object]:
    """Return what there is to say of a model at an address, its key aside from that there is one.

    Raises:
        ModelError: As `look_at` does.
    """
    info = look_at(invocation, model)
    address = read_address(model, invocation.texts)
    return {
        "name": info.name,
        "present": True,
        "address": info.path,
        "leaves": not address.is_loopback,
        "key": _has_key(invocation, address),
        "context": info.context,
        "profile": info.profile,
    }


def row_of(model: str) -> dict[str, object]:
    """Return a row of the list of models; nobody is asked for it."""
    return {
        "name": model_label(model),
        "current": True,
        "present": True,
        "size_bytes": 0,
        "memory_bytes": None,
        "fits": None,
        "context": 0,
        "licence": "",
        "summary": model,
    }


def _has_key(invocation: Invocation, address: RemoteAddress) -> bool:
    keys = RemoteKeys(invocation.environment, invocation.paths.keys_file, invocation.texts)
    return keys.find(address) is not None
