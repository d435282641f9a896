"""Building the engine that the settings ask for: a file on this machine, or an address."""

from collections.abc import Callable

from fazai_tui.cli.invocation import Invocation
from fazai_tui.config.settings import Settings
from fazai_tui.core.egress import Crossing
from fazai_tui.core.ports import Engine
from fazai_tui.engine.catalogue import Catalogue
from fazai_tui.engine.egress import EgressGate
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.options import EngineOptions
from fazai_tui.engine.remote import RemoteEngine
from fazai_tui.engine.remote_address import is_remote, read_address
from fazai_tui.engine.remote_client import Patience, RemoteClient
from fazai_tui.engine.remote_keys import RemoteKeys


def build_engine(invocation: Invocation, settings: Settings, record: Callable[[Crossing], None]) -> Engine:
    """Return the engine of the chosen model, not loaded yet.

    Args:
        invocation: Where files and keys are.
        settings: Which model, how it is run, and what may leave the machine.
        record: Records what leaves the machine, before it does.

    Raises:
        ModelError: It looks like an address and is none.
    """
    model = settings.engine.model
    if is_remote(model):
        return remote_engine(invocation, settings, model, record)
    return LlamaEngine(
        model,
        catalogue=Catalogue(invocation.paths.models_dir, invocation.texts),
        options=EngineOptions.from_settings(settings.engine),
        texts=invocation.texts,
    )


def remote_engine(
    invocation: Invocation,
    settings: Settings,
    model: str,
    record: Callable[[Crossing], None],
    patience: Patience | None = None,
) -> RemoteEngine:
    """Return the engine of a model at an address; nothing is sent yet.

    Raises:
        ModelError: It is no address.
    """
    texts, chosen = invocation.texts, settings.engine
    patience = patience or Patience(silence=chosen.silence_s, whole=chosen.remote_timeout_s)
    client = RemoteClient(
        read_address(model, texts),
        find_key=RemoteKeys(invocation.environment, invocation.paths.keys_file, texts).find,
        outlet=EgressGate(settings.egress.allow, record, texts),
        patience=patience,
        texts=texts,
    )
    options = EngineOptions.from_settings(chosen)
    return RemoteEngine(client, context=options.context, patience=patience, texts=texts)
