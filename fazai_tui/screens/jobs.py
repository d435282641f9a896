"""What runs in the background: listed, shown, ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from fazai_tui.config.texts import Texts
from fazai_tui.screens.modal import FramedModal
from fazai_tui.widgets.plain import duration, summary, visible

if TYPE_CHECKING:
    from fazai_tui.core.jobs import Job

_PERIOD_SECONDS = 1.0
_COMMAND_COLUMNS = 52


class JobKeeper(Protocol):
    """Knows the jobs, as a session does."""

    def jobs(self) -> Sequence[Job]:
        """Return what there is. Called in a thread."""
        ...

    def end_job(self, job_id: int, *, by_force: bool) -> bool:
        """Ask a job to end, or end it by force; False when there is no such job."""
        ...


class JobsScreen(FramedModal[None]):
    """A list that keeps itself up to date."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k,delete", "end(False)", show=False),
        Binding("K", "end(True)", show=False),
        Binding("q", "leave", show=False),
    ]

    def __init__(self, texts: Texts, keeper: JobKeeper) -> None:
        super().__init__(texts)
        self._keeper = keeper
        self._list = OptionList(id="jobs-list", markup=False)
        self._detail = Static(id="jobs-detail", markup=False)
        self._jobs: tuple[Job, ...] = ()
        self._asked: set[int] = set()

    def compose(self) -> ComposeResult:
        """Build the list and the details."""
        with self.frame(self.texts.get("screen.jobs.title"), self.texts.get("screen.jobs.keys")):
            yield self._list
            yield self._detail

    async def on_mount(self) -> None:
        """Show what there is, now and from now on."""
        self._list.focus()
        await self._look()
        self.set_interval(_PERIOD_SECONDS, self._look)

    def on_option_list_option_highlighted(self) -> None:
        """Show the details of the job that was gone to."""
        self._show_detail()

    async def action_end(self, is_by_force: bool) -> None:
        """Ask the chosen job to end; one that was asked before is ended by force."""
        job = self._chosen
        if job is None:
            return
        by_force = is_by_force or job.id in self._asked
        self._asked.add(job.id)
        if self._keeper.end_job(job.id, by_force=by_force):
            name = "killed" if by_force else "asked"
            self.notify(self.texts.get(f"screen.jobs.{name}", command=summary(job.command, 40)), markup=False)
        await self._look()

    @property
    def _chosen(self) -> Job | None:
        at = self._list.highlighted
        return self._jobs[at] if at is not None and at < len(self._jobs) else None

    async def _look(self) -> None:
        jobs = tuple(await asyncio.to_thread(self._keeper.jobs))
        chosen = self._chosen
        self._jobs = jobs
        shown = self._list
        shown.clear_options()
        shown.add_options(Option(self._row(job)) for job in jobs)
        places = [job.id for job in jobs]
        if jobs:
            shown.highlighted = places.index(chosen.id) if chosen is not None and chosen.id in places else 0
        self._show_detail()

    def _row(self, job: Job) -> Content:
        state = self.texts.get(f"screen.jobs.state.{job.state}")
        return Content(f"{job.id:>7}  {summary(job.command, _COMMAND_COLUMNS):<{_COMMAND_COLUMNS}}  {state}")

    def _show_detail(self) -> None:
        job, get = self._chosen, self.texts.get
        if job is None:
            text = get("screen.jobs.none")
        else:
            lines = [
                visible(job.command),
                get("screen.jobs.since", duration=duration(job.seconds * 1000), cwd=visible(job.cwd)),
                *(f"  {process.pid:>7}  {summary(process.command, 60)}" for process in job.processes[1:]),
            ]
            text = "\n".join(lines)
        self._detail.update(text)
