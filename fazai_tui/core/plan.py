"""Plans: what the model proposes and what the session carries out."""

from collections.abc import Sequence
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Risk(StrEnum):
    """How much a command can harm. Ordered; grades are only ever raised."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return the position on the scale, 0 for low."""
        return list(Risk).index(self)

    @classmethod
    def highest(cls, *risks: "Risk") -> "Risk":
        """Return the highest of the given grades, low when there is none."""
        return max(risks, key=lambda risk: risk.rank, default=cls.LOW)


class StepStatus(StrEnum):
    """Where a step stands."""

    PENDING = "pending"
    AWAITING_APPROVAL = "awaiting_approval"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    DECLINED = "declined"
    ROLLED_BACK = "rolled_back"


class Step(BaseModel):
    """One command of a plan."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Short name, unique in the plan: `s1`, `s2`, …"""
    title: str
    command: str
    explain: str = ""
    risk: Risk = Risk.LOW
    needs: tuple[str, ...] = ()
    """Ids of the steps that must be done before this one."""
    rollback: str = ""
    """A command that undoes the step; empty where none exists."""
    check: str = ""
    """A read-only command that exits 0 when the effect is there; empty where none exists."""
    status: StepStatus = StepStatus.PENDING
    provenance: str = ""
    """What the command came from: a cookbook entry's id or the source of imported knowledge (`runbook deploy.md`).

    Empty when the model wrote it freely.
    """
    is_imported: bool = False
    """Whether the command came from imported knowledge."""

    def with_status(self, status: StepStatus) -> Self:
        """Return the step at another status."""
        return self.model_copy(update={"status": status})


class Plan(BaseModel):
    """An order broken into steps whose `needs` form an acyclic graph."""

    model_config = ConfigDict(frozen=True)

    goal: str
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _references_hold(self) -> Self:
        ids = [step.id for step in self.steps]
        if len(set(ids)) != len(ids):
            raise ValueError("two steps have the same id")
        for step in self.steps:
            for need in step.needs:
                if need not in ids:
                    raise ValueError(f"step {step.id} needs {need}, which does not exist")
        try:
            TopologicalSorter({step.id: step.needs for step in self.steps}).prepare()
        except CycleError as error:
            raise ValueError("the steps need each other in a circle") from error
        return self

    def replacing(self, step: Step) -> Self:
        """Return the plan with the step of the same id replaced."""
        return self.model_copy(update={"steps": tuple(step if old.id == step.id else old for old in self.steps)})

    def step(self, step_id: str) -> Step:
        """Return a step by its id.

        Raises:
            KeyError: No step has that id.
        """
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)


class Commands(BaseModel):
    """The model proposes commands."""

    model_config = ConfigDict(frozen=True)

    plan: Plan


class Answer(BaseModel):
    """The model answers in words; nothing runs."""

    model_config = ConfigDict(frozen=True)

    text: str


class Question(BaseModel):
    """The model needs to know something before it can plan."""

    model_config = ConfigDict(frozen=True)

    text: str


Proposal = Commands | Answer | Question
"""What one planning generation can come to."""


def chained(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps with each needing the one before it."""
    return tuple(
        step.model_copy(update={"needs": (steps[index - 1].id,) if index else ()}) for index, step in enumerate(steps)
    )
