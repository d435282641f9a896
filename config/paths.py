"""Where FazAI keeps its files: under FAZAI_HOME, or in the XDG directories."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PRIVATE_DIRECTORY = 0o700
PRIVATE_FILE = 0o600


@dataclass(frozen=True, slots=True)
class Paths:
    """The directories and files of one user."""

    config_dir: Path
    data_dir: Path
    state_dir: Path
    runtime_dir: Path
    system_dir: Path = Path("/etc/fazai")
    """Settings and policy for every user of the machine."""
    socket: Path | None = None
    """The worker's socket, when FAZAI_GEMMA_SOCKET names one."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Paths":
        """Return the paths that the environment asks for; creates nothing."""
        variables = os.environ if environment is None else environment
        socket = Path(variables["FAZAI_GEMMA_SOCKET"]).expanduser() if variables.get("FAZAI_GEMMA_SOCKET") else None
        if home := variables.get("FAZAI_HOME"):
            top = Path(home).expanduser().absolute()
            return cls(top / "config", top / "data", top / "state", top / "run", socket=socket)
        from platformdirs import PlatformDirs

        places = PlatformDirs("fazai", appauthor=False)
        state = places.user_state_path
        # Without a session of its own (cron, su) a user has no runtime directory; /tmp would be everyone's.
        runtime = Path(variables["XDG_RUNTIME_DIR"]) / "fazai" if variables.get("XDG_RUNTIME_DIR") else state / "run"
        return cls(places.user_config_path, places.user_data_path, state, runtime, socket=socket)

    @property
    def config_file(self) -> Path:
        """The user's settings."""
        return self.config_dir / "config.toml"

    @property
    def system_config_file(self) -> Path:
        """The settings for every user of the machine."""
        return self.system_dir / "config.toml"

    @property
    def policy_dir(self) -> Path:
        """The user's policy rules."""
        return self.config_dir / "policy.d"

    @property
    def system_policy_dir(self) -> Path:
        """The machine's policy rules, which a user cannot loosen."""
        return self.system_dir / "policy.d"

    @property
    def themes_dir(self) -> Path:
        """The user's themes."""
        return self.config_dir / "themes"

    @property
    def personas_dir(self) -> Path:
        """The user's personas."""
        return self.config_dir / "personas"

    @property
    def models_dir(self) -> Path:
        """Downloaded models."""
        return self.data_dir / "models"

    @property
    def ledger_file(self) -> Path:
        """The record of what was ordered, decided and run."""
        return self.data_dir / "ledger.db"

    @property
    def undo_dir(self) -> Path:
        """What is kept to take steps back."""
        return self.data_dir / "undo"

    @property
    def guard_dir(self) -> Path:
        """What lock-out guards keep, and where they stand."""
        return self.state_dir / "guard"

    @property
    def qdrant_dir(self) -> Path:
        """Long-term memory."""
        return self.data_dir / "qdrant"

    @property
    def keys_file(self) -> Path:
        """Keys of services, for the user's eyes alone."""
        return self.config_dir / "keys"

    @property
    def library_file(self) -> Path:
        """Imported knowledge."""
        return self.data_dir / "library.db"

    @property
    def log_file(self) -> Path:
        """The diagnostic log: one JSON object a line."""
        return self.state_dir / "log" / "fazai.jsonl"

    @property
    def socket_file(self) -> Path:
        """The worker's socket."""
        return self.socket or self.runtime_dir / "gemma.sock"


def ensure_directory(directory: Path) -> Path:
    """Return a directory, made with its missing parents for the user alone.

    Raises:
        OSError: It cannot be made.
    """
    missing = [place for place in (directory, *directory.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
    return directory


def write_private(file: Path, text: str) -> None:
    """Replace a file's text in one step, readable by the user alone.

    A symbolic link stays one: what it points to is replaced.

    Raises:
        OSError: It cannot be written; the old text is still there.
    """
    target = file.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def is_trusted(file: Path) -> bool:
    """Return whether root alone can change a file of the whole machine."""
    try:
        facts = [file.stat(), file.parent.stat()]
    except OSError:
        return False
    return all(fact.st_uid == 0 and not fact.st_mode & 0o022 for fact in facts)
