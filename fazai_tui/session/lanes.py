"""The shells of a session: the one that plans run in, and, where a human types, the user's own beside it."""

import asyncio

from fazai_tui.core.events import (
    AskingProgram,
    Event,
    PlanProposed,
    SessionStarted,
    ShellName,
    StepChanged,
    TurnKind,
    TurnStatus,
)
from fazai_tui.core.jobs import Job
from fazai_tui.core.secret import Secret
from fazai_tui.session.lane import Lane
from fazai_tui.session.profile import SessionProfile
from fazai_tui.session.stream import EventStream
from fazai_tui.session.turn import TurnRequest


class Lanes:
    """Chooses the shell for each turn; without a shell of the user's own there is only one.

    Args:
        plan: Where plans run.
        own: Where the user's own commands run.
    """

    def __init__(self, plan: Lane, own: Lane | None) -> None:
        self.plan = plan
        self.own = own or plan
        self._newest = plan

    @property
    def all(self) -> tuple[Lane, ...]:
        """Every lane once."""
        return (self.plan,) if self.own is self.plan else (self.plan, self.own)

    @property
    def cwd(self) -> str:
        """Where the user is: the directory of the shell that was used last."""
        return self._newest.shell.cwd

    @property
    def is_busy(self) -> bool:
        """Whether a turn is going on."""
        return any(lane.is_busy for lane in self.all)

    @property
    def hides_typing(self) -> bool:
        """Whether a command has set its terminal as for a password."""
        return any(lane.shell.hides_typing for lane in self.all)

    def named(self, name: ShellName) -> Lane:
        """Return a shell's lane."""
        return self.own if name == "own" else self.plan

    def lane_for(self, kind: TurnKind) -> Lane:
        """Return the lane that a turn goes to."""
        return self.own if kind == "literal" else self.plan

    async def run(self, request: TurnRequest, profile: SessionProfile) -> TurnStatus:
        """Carry out a turn where it belongs, in the directory where the user is."""
        lane = self.lane_for(request.kind)
        cwd, self._newest = self.cwd, lane
        if lane is not self.plan and not lane.began:
            lane.stream.note(
                SessionStarted(session_id=lane.stream.session_id, cwd=cwd, beside=self.plan.stream.session_id)
            )
        return await lane.run(request, profile, cwd)

    def interrupt(self, *, can_ask: bool) -> bool:
        """Interrupt the newer turn that is going on; False when there is none."""
        busy = [lane for lane in self.all if lane.is_busy]
        return bool(busy) and max(busy, key=lambda lane: lane.began).interrupt(can_ask=can_ask)

    def write(self, data: bytes, command_id: str) -> None:
        """Write to the program in the foreground of the shell that a command runs in, else of the one used last."""
        lanes = [lane for lane in self.all if command_id and lane.running_command == command_id]
        (lanes[0] if lanes else self._newest).shell.write(data)

    def write_secret(self, secret: Secret, command_id: str, asker: AskingProgram) -> bool:
        """Write a secret for the program that asked, in the shell that its command runs in; overwrite it then."""
        try:
            return any(
                lane.shell.write_secret(secret, asker) for lane in self.all if lane.running_command == command_id
            )
        finally:
            secret.wipe()

    def resize(self, columns: int, rows: int) -> None:
        """Tell programs the size of the shell pane."""
        for lane in self.all:
            lane.shell.resize(columns, rows)

    def jobs(self) -> tuple[Job, ...]:
        """Return what runs in the background. May be called in any thread."""
        return tuple(job.model_copy(update={"shell": lane.name}) for lane in self.all for job in lane.shell.jobs())

    def end_job(self, job_id: int, *, by_force: bool) -> bool:
        """Ask a job to end, or end it by force; False when there is no such job."""
        return any(lane.shell.end_job(job_id, by_force=by_force) for lane in self.all)

    async def close(self) -> None:
        """Stop what is going on and end the shells."""
        await asyncio.gather(*(lane.close() for lane in self.all))

    def joined_to(self, stream: EventStream) -> "Lanes":
        """Send what happens in the user's own shell to another stream's subscribers, too; return this.

        It is recorded as a session of its own, as both shells may be busy at the same time. Of its plans of one step
        subscribers hear only while there is no other plan.
        """

        def pass_on(event: Event) -> None:
            if not (self.plan.is_busy and isinstance(event, PlanProposed | StepChanged)):
                stream.tell(event)

        if self.own is not self.plan:
            self.own.stream.subscribe(pass_on)
        return self
