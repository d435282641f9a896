"""`fazai worker`: the engine and its sessions as a daemon on a Unix socket."""

import asyncio
import dataclasses
import json
import os
import sys
from typing import Annotated, Final

import structlog
import typer

from fazai_tui.cli import exit_codes
from fazai_tui.cli.composition import SessionRequest, SharedParts, build_session, retriever_of, working_directory
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.resuming import resume
from fazai_tui.cli.terminal import one_line
from fazai_tui.config.settings import Settings
from fazai_tui.core.policy import ApprovalPolicy, SandboxMode
from fazai_tui.core.ports import Engine
from fazai_tui.daemon.desk import OpenSession
from fazai_tui.daemon.inquiry import ask_status, stop_worker
from fazai_tui.daemon.instance import SocketPlace
from fazai_tui.daemon.journal import Journal
from fazai_tui.daemon.limits import WorkerLimits
from fazai_tui.daemon.requests import SessionParams
from fazai_tui.daemon.server import Worker
from fazai_tui.daemon.unit import program_command, systemd_unit
from fazai_tui.engine.catalogue import Catalogue
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.options import EngineOptions
from fazai_tui.ledger.recorder import SqliteLedger
from fazai_tui.session.session import Session

app: Final = typer.Typer(add_completion=False)

_LIMITS: Final = WorkerLimits()
_Seconds = Annotated[float, typer.Option(min=0.1, metavar="SECONDS")]
_Count = Annotated[int, typer.Option(min=1, max=4096, metavar="N")]


@app.command("run")
def run(
    context: typer.Context,
    model: Annotated[str | None, typer.Option("-m", "--model", metavar="NAME|PATH")] = None,
    clients: _Count = _LIMITS.clients,
    sessions: _Count = _LIMITS.sessions,
    line: _Seconds = _LIMITS.line_seconds,
    idle: _Seconds = _LIMITS.idle_seconds,
    slow: _Seconds = _LIMITS.slow_seconds,
) -> None:
    """Serve clients in the foreground until a signal ends it."""
    invocation = Invocation.of(context)
    texts, paths = invocation.texts, invocation.paths
    settings = invocation.settings({"engine.model": model})
    limits = WorkerLimits(clients=clients, sessions=sessions, line_seconds=line, idle_seconds=idle, slow_seconds=slow)
    engine = LlamaEngine(
        settings.engine.model,
        catalogue=Catalogue(paths.models_dir, texts),
        options=EngineOptions.from_settings(settings.engine),
        texts=texts,
    )
    retriever = retriever_of(invocation, lambda error: print(one_line(str(error)), file=sys.stderr))
    parts = SharedParts(engine, retriever, SqliteLedger(paths.ledger_file, texts))
    place = SocketPlace(paths.socket_file, texts)
    journal: Journal = structlog.stdlib.get_logger("fazai.daemon")
    opener = _opener(invocation, settings, parts)
    worker = Worker(place, engine, opener, limits, texts, retriever.warm_up, journal)

    def tell() -> None:
        print(one_line(texts.get("worker.listening", path=paths.socket_file, pid=os.getpid())), file=sys.stderr)

    asyncio.run(worker.run(tell))


@app.command("status")
def status(context: typer.Context, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Tell how the worker is; exit code 1 when none runs."""
    invocation = Invocation.of(context)
    path, texts = invocation.paths.socket_file, invocation.texts
    found = ask_status(path, texts)
    if as_json:
        print(json.dumps({"running": False} if found is None else {"running": True, **found.model_dump()}))
    elif found is not None:
        facts = {**found.model_dump(), "model": found.model or "-", "state": texts.get(f"worker.state.{found.state}")}
        print(one_line(texts.get("worker.status", path=path, **facts)))
    else:
        print(one_line(texts.get("worker.not_running", path=path)))
    if found is None:
        raise typer.Exit(exit_codes.FAILED)


@app.command("stop")
def stop(context: typer.Context) -> None:
    """End the worker; nothing to do where none runs."""
    invocation = Invocation.of(context)
    path, texts = invocation.paths.socket_file, invocation.texts
    pid = stop_worker(path, texts)
    print(one_line(texts.get("worker.stopped" if pid else "worker.not_running", path=path, pid=pid)))


@app.command("unit")
def unit(context: typer.Context) -> None:
    """Print a systemd unit for the user's own services."""
    invocation = Invocation.of(context)
    command = (*program_command(sys.argv[0], sys.executable), "worker", "run")
    print(systemd_unit(command, invocation.environment, invocation.texts.get("worker.description")))


def _opener(invocation: Invocation, settings: Settings, parts: SharedParts) -> OpenSession:
    """Return what puts a client's session together: as on the screen, as far as the client says nothing else."""

    def open_session(params: SessionParams, engine: Engine) -> Session:
        resumed = (
            resume(invocation, params.resume, forks=False, is_kept=not params.ephemeral) if params.resume else None
        )
        approval = params.approval or settings.session.approval or ApprovalPolicy.UNTRUSTED
        # Whom nobody asks is confined, as `fazai exec` is.
        is_asked = approval in (ApprovalPolicy.UNTRUSTED, ApprovalPolicy.ON_REQUEST)
        fallback = SandboxMode.DANGER_FULL_ACCESS if is_asked else SandboxMode.WORKSPACE_WRITE
        sandbox = params.sandbox or settings.session.sandbox or fallback
        chosen = settings.model_copy(
            update={"session": settings.session.model_copy(update={"approval": approval, "sandbox": sandbox})}
        )
        request = SessionRequest(
            cwd=working_directory(invocation, params.cwd or (resumed and resumed.cwd) or None),
            approval=approval,
            sandbox=sandbox,
            is_interactive=False,
            is_answered=True,
            is_ephemeral=params.ephemeral,
            max_steps=params.max_steps,
            timeout=params.timeout,
            resumed=None if resumed is None else resumed.session,
            shared=dataclasses.replace(parts, engine=engine),
        )
        return build_session(invocation, chosen, request)

    return open_session
