"""Every setting there is: frozen models, one a section of config.toml."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ByteSize, ConfigDict, Field

from fazai_tui.core.policy import ApprovalPolicy, SandboxMode

Auto = Literal["auto"]
"""Let FazAI choose for the machine it runs on."""


def _split_places(value: object) -> object:
    """Read a list given as text: a TOML array, or paths with colons between them."""
    if not isinstance(value, str):
        return value
    if value.startswith("["):
        return tomllib.loads(f"value = {value}")["value"]
    return tuple(place for place in value.split(":") if place)


def _split_hosts(value: object) -> object:
    """Read a list given as text: a TOML array, or hosts with commas or spaces between them."""
    if not isinstance(value, str):
        return value
    if value.startswith("["):
        return tomllib.loads(f"value = {value}")["value"]
    return tuple(value.replace(",", " ").split())


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class EngineSettings(_Section):
    """How the model is loaded and run."""

    model: Annotated[str, Field(min_length=1)] = "faisca"
    """The model: a name of `fazai model list`, the path of a GGUF file, or the address of an API, `URL#NAME`."""
    context: Annotated[int, Field(ge=256, le=1_048_576)] | Auto = "auto"
    """Tokens of the context window; auto takes the model's own, up to what memory allows."""
    threads: Annotated[int, Field(ge=1, le=1024)] | Auto = "auto"
    """Threads that generate; auto takes one a core."""
    gpu_layers: Annotated[int, Field(ge=-1, le=10_000)] | Auto = "auto"
    """Layers that run on the GPU; -1 for all of them, 0 for none."""
    max_tokens: Annotated[int, Field(ge=16, le=65_536)] = 512
    """The most tokens of one plan or answer."""
    silence_s: Annotated[float, Field(gt=0, le=86_400)] = 120
    """Seconds that a remote model may be silent."""
    remote_timeout_s: Annotated[float, Field(gt=0, le=86_400)] = 600
    """Seconds that one plan or answer of a remote model may take."""


class SessionSettings(_Section):
    """How orders are carried out."""

    approval: ApprovalPolicy | None = None
    """When a human is asked; unset, the screen asks for all but reading and `exec` never does."""
    sandbox: SandboxMode | None = None
    """What commands can reach; unset, the screen reaches everything and `exec` the working directory."""
    persona: Annotated[str, Field(min_length=1)] = "claudio"
    """Who answers."""
    max_steps: Annotated[int, Field(ge=1, le=1000)] = 20
    """Commands one order may run."""
    max_plans: Annotated[int, Field(ge=1, le=20)] = 3
    """Plans one order may get, the first one included."""
    max_repeats: Annotated[int, Field(ge=1, le=100)] = 5
    """Times one order may run the same command."""
    repairs: Annotated[int, Field(ge=0, le=10)] = 2
    """Times the engine may try to mend what failed."""
    timeout_s: Annotated[float, Field(ge=0)] = 0
    """Seconds one order may take; 0 for no limit."""


class InterfaceSettings(_Section):
    """How FazAI looks and speaks."""

    language: Literal["auto", "pt", "en"] = "auto"
    """The language; auto follows LC_ALL and LANG."""
    theme: Annotated[str, Field(min_length=1)] = "fazai-dark"
    """The theme's name."""


class SandboxSettings(_Section):
    """What the sandbox lets through, and what commands in it may take of the machine."""

    network: bool = False
    """Whether commands reach the network."""
    writable_roots: Annotated[tuple[str, ...], BeforeValidator(_split_places)] = ()
    """Directories that commands may write to, besides the working directory and /tmp."""
    memory: Annotated[ByteSize, Field(ge=0, lt=1 << 62)] = ByteSize(0)
    """Memory that commands may take together, such as 2GB or 512MiB; 0 for no limit."""
    cpus: Annotated[float, Field(ge=0, le=4096, allow_inf_nan=False)] = 0
    """Processors that commands may use together, such as 1.5; 0 for no limit."""
    pids_limit: Annotated[int, Field(ge=0, le=4_194_304)] = 0
    """Processes and threads that commands may have at a time; 0 for no limit."""
    cpu_time_s: Annotated[int, Field(ge=0, le=31_536_000)] = 0
    """Seconds on a processor after which a process is ended; 0 for no limit. See session.timeout_s for whole orders."""
    layer_size: Annotated[ByteSize, Field(ge=1 << 20, lt=1 << 62)] = ByteSize(1 << 30)
    """Memory that the changes of an ephemeral sandbox may take."""


class MemorySettings(_Section):
    """What is remembered from one session to the next."""

    enabled: bool = True
    """Whether anything is recalled or remembered."""
    url: str = ""
    """The address of a Qdrant server or cluster, whose key is in the keys file; empty for the engine in FazAI."""
    embedding: Annotated[str, Field(min_length=1)] = "minilm"
    """What finds entries by meaning: minilm, the directory of a sentence-transformers model, or off."""


class UndoSettings(_Section):
    """What is kept so that steps can be taken back."""

    enabled: bool = True
    """Whether anything is kept before a step that writes."""
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Days it is kept."""
    step_mb: Annotated[int, Field(ge=1, le=1_000_000)] = 256
    """Megabytes of files that are kept of one step; what is larger is not kept, and the card says so."""
    step_files: Annotated[int, Field(ge=1, le=1_000_000)] = 5000
    """Files that are kept of one step."""
    total_mb: Annotated[int, Field(ge=1, le=10_000_000)] = 2048
    """Megabytes that are kept of all steps together; the oldest go first."""


class GuardSettings(_Section):
    """The lock-out guard of steps that touch sshd, the firewall, the network or sudo."""

    enabled: bool = True
    """Whether what such a step changed is put back unless somebody confirms that people still get in."""
    seconds: Annotated[int, Field(ge=2, le=86_400)] = 60
    """Seconds after the step within which that has to be confirmed."""


class EgressSettings(_Section):
    """What may leave the machine."""

    allow: Annotated[tuple[str, ...], BeforeValidator(_split_hosts)] = ()
    """Hosts, each with or without a port, that orders and their context may be sent to; this machine is always one."""


class Settings(BaseModel):
    """All settings, parsed once and passed in."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    engine: EngineSettings = EngineSettings()
    session: SessionSettings = SessionSettings()
    interface: InterfaceSettings = InterfaceSettings()
    sandbox: SandboxSettings = SandboxSettings()
    undo: UndoSettings = UndoSettings()
    memory: MemorySettings = MemorySettings()
    guard: GuardSettings = GuardSettings()
    egress: EgressSettings = EgressSettings()
    keys: Mapping[str, str] = {}
    """Keys by the id of what they do: `send = "ctrl+s"`."""


def setting_names() -> tuple[str, ...]:
    """Return the dotted name of every setting, `keys` as a whole."""
    return tuple(_names())


def _names() -> Iterator[str]:
    for section, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from (f"{section}.{name}" for name in field.annotation.model_fields)
        else:
            yield section
