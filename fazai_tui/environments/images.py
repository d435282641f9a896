"""What an environment shows: this machine, a directory with another system, or an image that podman has."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, ConfigurationError, FazaiError

_MEMORY = "/dev/shm"
_ANSWER_S = 30
_SHELLS = ("bin/sh", "usr/bin/sh", "bin/bash", "usr/bin/bash")


@dataclass(frozen=True, slots=True)
class Image:
    """What was found.

    Attributes:
        place: A directory or the name of an image; empty for this machine.
        command: The command that reaches podman with a store for this environment alone; empty without podman.
        store: The directory of that store, which lies in memory.
    """

    place: str = ""
    command: tuple[str, ...] = ()
    store: str = ""


def find(image: str, name: str, environment: Mapping[str, str], texts: Texts) -> Image:
    """Return what an environment is to show.

    Args:
        image: What was asked for; with a slash at its beginning or end, or when there is such a directory, it is one.
        name: The environment's name.
        environment: The user's environment variables.
        texts: For errors.

    Raises:
        BadInputError: There is no such directory or image, or it holds no system.
        ConfigurationError: It takes podman, which does not work here.
    """
    if not image:
        return Image()
    place = Path(image).expanduser()
    if place.is_dir() or image.startswith(("/", "./", "../", "~")) or image.endswith("/"):
        return Image(str(_directory(place, image, texts)))
    driver, graph = _podman(environment, texts)
    exists = _ask(("podman", "image", "exists", image), environment)
    if exists is None or exists.returncode:
        raise _error(texts, BadInputError, "no_image", image=image)
    store = f"{_MEMORY}/fazai-env-{os.getuid()}-{name}-{os.urandom(4).hex()}"
    places = ("--root", f"{store}/root", "--runroot", f"{store}/run")
    storage = ("--storage-driver", driver, "--storage-opt", f"{driver}.imagestore={graph}")
    return Image(image, ("podman", *places, *storage), store)


def _directory(place: Path, image: str, texts: Texts) -> Path:
    if not place.is_dir():
        raise _error(texts, BadInputError, "no_directory", image=image)
    if not any(os.path.lexists(place / shell) for shell in _SHELLS):
        raise _error(texts, BadInputError, "no_system", image=image)
    return place.resolve()


def _podman(environment: Mapping[str, str], texts: Texts) -> tuple[str, str]:
    """Return how podman stores images, and where."""
    if shutil.which("podman", path=environment.get("PATH")) is None:
        raise _error(texts, ConfigurationError, "no_podman")
    told = _ask(("podman", "info", "--format", "{{.Store.GraphDriverName}}\n{{.Store.GraphRoot}}"), environment)
    lines = told.stdout.splitlines() if told is not None else []
    if told is None or told.returncode or len(lines) != 2:
        reason = told.stderr.strip().rpartition("\n")[2] if told is not None else "podman info"
        raise _error(texts, ConfigurationError, "broken_podman", reason=reason)
    if not os.access(_MEMORY, os.W_OK):
        raise _error(texts, ConfigurationError, "no_memory_directory", place=_MEMORY)
    return lines[0], lines[1]


def _ask(command: tuple[str, ...], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_ANSWER_S,
            env=dict(environment),
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None


def _error(texts: Texts, kind: type[FazaiError], problem: str, **facts: object) -> FazaiError:
    keys = (f"environment.{problem}.{part}" for part in ("message", "hint"))
    return kind(texts.get("environment.title"), *(texts.get(key, **facts) for key in keys))
