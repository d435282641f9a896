"""Building a session from the settings: the only place that puts the parts together."""

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fazai_tui.cli.engines import build_engine
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.policy_rules import load_policy
from fazai_tui.config.settings import Settings
from fazai_tui.core.egress import Crossing
from fazai_tui.core.errors import BadInputError, FazaiError
from fazai_tui.core.events import ShellName
from fazai_tui.core.policy import ApprovalPolicy, SandboxMode
from fazai_tui.core.ports import Engine, PolicyEngine, SandboxLauncher, UndoKeeper
from fazai_tui.engine.planning import PromptPlanner
from fazai_tui.ledger.recorder import SqliteLedger, UnrecordedLedger
from fazai_tui.lockout.keeper import MachineGuard
from fazai_tui.memory.knowledge import KnowledgeRetriever
from fazai_tui.memory.library import Library
from fazai_tui.memory.longterm.memory import LongTermMemory
from fazai_tui.memory.longterm.opening import MemoryPlaces, open_memory
from fazai_tui.memory.longterm.persona_shelf import PersonaShelf
from fazai_tui.memory.retrieval import CookbookRetriever
from fazai_tui.memory.shelf import Shelf
from fazai_tui.memory.store import KnowledgeStore
from fazai_tui.resources.host import LinuxHost
from fazai_tui.resources.machine import LinuxMachine
from fazai_tui.resources.manual import InstalledManual
from fazai_tui.resources.version_control import GitVersions
from fazai_tui.resources.workspace import WorkspaceMapper
from fazai_tui.sandbox.confinement import masked_paths
from fazai_tui.sandbox.limits import ResourceLimits
from fazai_tui.sandbox.rehearsal import OverlayRehearser
from fazai_tui.sandbox.selection import create_launcher
from fazai_tui.session.context_desk import ContextSources
from fazai_tui.session.profile import SessionProfile
from fazai_tui.session.resuming import ResumedSession
from fazai_tui.session.session import Session
from fazai_tui.shell.bash_shell import BashShell
from fazai_tui.undo import KeptUndo, UndoLimits

_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class SharedParts:
    """What the sessions of one process have in common; it outlives them.

    Attributes:
        engine: What infers; lent, so that closing it frees nothing.
        retriever: Finds what resembles an order.
        ledger: Records, unless nothing is to be recorded.
    """

    engine: Engine
    retriever: KnowledgeRetriever
    ledger: SqliteLedger


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """What a front end asks for beside the settings.

    Attributes:
        cwd: Where commands run.
        approval: The default of the front end, when neither flag nor setting says.
        sandbox: Likewise.
        is_interactive: Whether somebody is there to answer, and to type.
        is_answered: Whether approvals are answered though nobody types.
        is_ephemeral: Whether nothing is recorded.
        max_steps: Replaces the setting.
        timeout: Replaces the setting, in seconds.
        resumed: The session to go on with; None begins a new one.
        shared: What the session has in common with others of the process.
    """

    cwd: str
    approval: ApprovalPolicy
    sandbox: SandboxMode
    is_interactive: bool
    is_answered: bool = False
    is_ephemeral: bool = False
    max_steps: int | None = None
    timeout: float | None = None
    resumed: ResumedSession | None = None
    shared: SharedParts | None = None


def working_directory(invocation: Invocation, cwd: str | None) -> str:
    """Return the directory that commands run in, absolute.

    Raises:
        BadInputError: It is not a directory that can be entered.
    """
    path = os.path.abspath(os.path.expanduser(cwd)) if cwd else os.getcwd()
    if not os.path.isdir(path) or not os.access(path, os.X_OK):
        texts = invocation.texts
        raise BadInputError(
            texts.get("headless.cwd.title"),
            texts.get("headless.cwd.message", path=path),
            texts.get("headless.cwd.hint"),
        )
    return path


def build_session(invocation: Invocation, settings: Settings, request: SessionRequest) -> Session:
    """Return a session that is not started yet; nothing heavy is loaded.

    Raises:
        ConfigurationError: The sandbox asked for cannot be had here.
    """
    texts, shared, profile = invocation.texts, request.shared, _profile(settings, request, invocation)
    environment = {key: value for key, value in invocation.environment.items() if not key.startswith("FAZAI_")}
    session: Session
    launcher = _launcher(invocation, settings, profile, request, environment)

    def shell(name: ShellName) -> BashShell:
        return BashShell(
            cwd=request.cwd,
            sandbox=launcher,
            texts=texts,
            env=environment,
            is_interactive=request.is_interactive,
            has_pager=name == "own",
            on_waiting=lambda asker, is_secret: session.input_awaited(asker, is_secret=is_secret, shell=name),
            on_notice=lambda text: session.noted(text, shell=name),
            on_idle_output=lambda text: session.printed(text, shell=name),
        )

    policy = load_policy(invocation, request.cwd)[0]
    memory = None if request.is_ephemeral else memory_of(invocation, settings, may_embed=request.is_interactive)
    ledger = _ledger(invocation, request)
    engine = _engine_of(request, invocation, settings, lambda crossing: ledger.note_crossing(session.id, crossing))
    session = Session(
        engine=engine,
        planner=PromptPlanner(engine, max_tokens=settings.engine.max_tokens),
        shell=shell("plan"),
        own_shell=shell("own") if request.is_interactive else None,
        policy=policy,
        ledger=ledger,
        retriever=shared.retriever if shared else retriever_of(invocation, lambda error: session.warn(error)),
        host=LinuxHost(environment),
        profile=profile,
        texts=texts,
        manual=InstalledManual(environment),
        resumed=request.resumed,
        versions=GitVersions(environment),
        memory=memory,
        sources=_sources(invocation, memory, profile, environment),
        rehearser=OverlayRehearser(environment, _masked(invocation, profile, environment)),
        layer=launcher.layer,
        undo=_undo(invocation, settings, request, policy, environment),
        guard=guard_of(invocation, settings, request.cwd) if settings.guard.enabled else None,
    )
    return session


def _engine_of(
    request: SessionRequest, invocation: Invocation, settings: Settings, record: Callable[[Crossing], None]
) -> Engine:
    if request.shared is not None:
        return request.shared.engine
    return build_engine(invocation, settings, record)


def _launcher(
    invocation: Invocation,
    settings: Settings,
    profile: SessionProfile,
    request: SessionRequest,
    environment: Mapping[str, str],
) -> SandboxLauncher:
    return create_launcher(
        profile.sandbox,
        workspace=request.cwd,
        env=environment,
        texts=invocation.texts,
        writable_roots=settings.sandbox.writable_roots,
        private_paths=_private_paths(invocation),
        has_network=settings.sandbox.network,
        resources=resource_limits(settings),
        layer_size=settings.sandbox.layer_size,
    )


def resource_limits(settings: Settings) -> ResourceLimits:
    """Return what commands in a sandbox may take of the machine."""
    chosen = settings.sandbox
    return ResourceLimits(
        memory=chosen.memory, cpus=chosen.cpus, pids_limit=chosen.pids_limit, cpu_time_s=chosen.cpu_time_s
    )


def _private_paths(invocation: Invocation) -> list[str]:
    """Return this program's own keys, history and data: commands in a sandbox never read them."""
    paths = invocation.paths
    return [str(path) for path in (paths.config_dir, paths.data_dir, paths.state_dir, paths.runtime_dir)]


def _undo(
    invocation: Invocation,
    settings: Settings,
    request: SessionRequest,
    policy: PolicyEngine,
    environment: Mapping[str, str],
) -> UndoKeeper | None:
    chosen, paths = settings.undo, invocation.paths
    is_thrown_away = (settings.session.sandbox or request.sandbox) is SandboxMode.EPHEMERAL
    if request.is_ephemeral or is_thrown_away or not chosen.enabled:
        return None
    return KeptUndo(
        paths.undo_dir,
        policy,
        environment,
        limits=UndoLimits(
            files=chosen.step_files, size=chosen.step_mb * _MB, total=chosen.total_mb * _MB, days=chosen.keep_days
        ),
        private=[str(path) for path in (paths.data_dir, paths.state_dir)],
    )


def guard_of(invocation: Invocation, settings: Settings, cwd: str) -> MachineGuard:
    """Return the lock-out guards of the user, for commands in a directory."""
    writable = (cwd, *settings.sandbox.writable_roots)
    return MachineGuard(invocation.paths.guard_dir, settings.guard.seconds, invocation.texts, writable)


def _masked(invocation: Invocation, profile: SessionProfile, environment: Mapping[str, str]) -> Sequence[str]:
    """Return what a rehearsal may not read: nothing where commands reach everything anyway."""
    if profile.sandbox is SandboxMode.DANGER_FULL_ACCESS:
        return ()
    return masked_paths(environment, _private_paths(invocation))


def memory_of(invocation: Invocation, settings: Settings, *, may_embed: bool) -> LongTermMemory | None:
    """Return the user's long-term memory, not opened yet; None where it is switched off.

    Raises:
        ConfigurationError: The keys file cannot be used, or no engine is installed.
    """
    if not settings.memory.enabled:
        return None
    places = MemoryPlaces(invocation.paths.qdrant_dir, invocation.paths.keys_file)
    return open_memory(settings.memory, places, invocation.texts, may_embed=may_embed)


def _sources(
    invocation: Invocation, memory: LongTermMemory | None, profile: SessionProfile, environment: Mapping[str, str]
) -> ContextSources:
    """Return where personas and surroundings come from; an unknown persona is an error before anything starts."""
    personas = personas_of(invocation, memory)
    personas.require(profile.persona)
    return ContextSources(personas, LinuxMachine(environment), WorkspaceMapper(environment))


def personas_of(invocation: Invocation, memory: LongTermMemory | None) -> PersonaShelf:
    """Return the personas of the user; those in memory too, where there is one."""
    personality = None if memory is None else memory.personality
    return PersonaShelf(invocation.paths.personas_dir, personality, socket.gethostname(), invocation.texts)


def library_of(invocation: Invocation) -> Library:
    """Return the imported documents of the user."""
    return Library(invocation.paths.library_file, invocation.texts)


def shelf_of(invocation: Invocation, library: Library) -> Shelf:
    """Return the library made ready to search."""
    return Shelf(library, invocation.paths.data_dir / "library")


def retriever_of(invocation: Invocation, on_problem: Callable[[FazaiError], None]) -> KnowledgeRetriever:
    """Return what finds entries of the cookbook and of the library; nothing is opened."""
    cookbook = CookbookRetriever(KnowledgeStore(invocation.paths.data_dir / "knowledge").open)
    library = library_of(invocation)
    return KnowledgeRetriever(cookbook, library, shelf_of(invocation, library), on_problem=on_problem)


def _profile(settings: Settings, request: SessionRequest, invocation: Invocation) -> SessionProfile:
    chosen = settings.session
    timeout = request.timeout if request.timeout is not None else chosen.timeout_s
    return SessionProfile(
        language=invocation.texts.language,
        approval=chosen.approval or request.approval,
        sandbox=chosen.sandbox or request.sandbox,
        persona=chosen.persona,
        can_ask=request.is_interactive or request.is_answered,
        repairs=chosen.repairs,
        max_plans=chosen.max_plans,
        max_steps=request.max_steps or chosen.max_steps,
        max_identical=chosen.max_repeats,
        timeout=timeout or None,
    )


def _ledger(invocation: Invocation, request: SessionRequest) -> SqliteLedger | UnrecordedLedger:
    if request.is_ephemeral:
        return UnrecordedLedger()
    if request.shared is not None:
        return request.shared.ledger
    return SqliteLedger(invocation.paths.ledger_file, invocation.texts)
