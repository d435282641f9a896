"""What an environment is to be like, as read from a command line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fazai_tui.environments.records import Owner

_SIZE = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[kmgt]?)i?b?", re.IGNORECASE)
_UNITS: Mapping[str, int] = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_ROLE = re.compile(r"[\w.-]{1,64}")

LEAST_MEMORY = 16 * 1024**2
"""Bytes below which not even a shell starts."""
MOST_PROCESSES = 4096
"""Processes of an environment unless told otherwise: nobody needs more by hand, and a fork bomb ends there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an environment is to be like.

    Attributes:
        owner: Whom it lives as long as.
        name: What to call it; None for any name that is free.
        image: A directory or a name that podman knows; empty for this machine.
        memory: Bytes; 0 for no limit.
        cpus: Processors; 0 for no limit.
        processes: Processes and threads.
        roles: The roles it admits.
        has_network: Whether it shares this machine's network.
        shown: Files of this machine by their path in the environment.
    """

    owner: Owner
    name: str | None = None
    image: str = ""
    memory: int = 0
    cpus: float = 0
    processes: int = MOST_PROCESSES
    roles: tuple[str, ...] = ()
    has_network: bool = False
    shown: Mapping[str, str] = field(default_factory=dict[str, str])


def size(text: str) -> int:
    """Return the bytes of a size like `512m` or `1.5g`.

    Raises:
        ValueError: It is none.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return int(float(found["number"]) * _UNITS[found["unit"].lower()])


def is_name(text: str) -> bool:
    """Whether an environment can be called so; it is also the name of its host."""
    return _NAME.fullmatch(text) is not None


def is_role(text: str) -> bool:
    """Whether this can be a role."""
    return _ROLE.fullmatch(text) is not None
