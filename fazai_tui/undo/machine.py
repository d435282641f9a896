"""What a step may change besides files: packages, units and repositories."""

from pydantic import BaseModel, ConfigDict

from fazai_tui.core.policy import Assessment
from fazai_tui.core.undo import Gap
from fazai_tui.undo import packages, repositories, units
from fazai_tui.undo.asking import Asker
from fazai_tui.undo.repositories import Repository
from fazai_tui.undo.roots import walked


class Machine(BaseModel):
    """The state of what a step may change; None and empty where it changes nothing of the kind."""

    model_config = ConfigDict(frozen=True)

    packages: dict[str, str] | None = None
    units: dict[str, str] = {}
    repositories: tuple[Repository, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it holds."""
        found = (("packages", self.packages), ("units", self.units), ("git", self.repositories))
        return tuple(name for name, state in found if state)


def before(assessment: Assessment, cwd: str, asker: Asker) -> tuple[Machine, list[str], list[Gap]]:
    """Return the state before a command, the files that come with it, and what cannot be taken back."""
    files: list[str] = []
    gaps: list[Gap] = []
    held: dict[str, str] | None = None
    named: list[str] = []
    found: dict[str, Repository] = {}
    for argv, place in walked(assessment, cwd):
        if packages.changes_packages(argv):
            held = held or packages.installed(asker)
            files += packages.purged_files(argv, asker)
            gaps.append(Gap(key="package_scripts" if held else "packages"))
        named += units.changed_units(argv)
        if units.passes(argv):
            gaps.append(Gap(key="restart", params={"command": " ".join(argv)}))
        if repositories.changes_repository(argv):
            state = repositories.state(argv, place, asker)
            if state is not None and state.index:
                found[state.root] = state
                files += [f"{state.root}/{name}" for name in (*state.dirty, ".git/config")]
            elif state is not None:
                gaps.append(Gap(key="merging", params={"path": state.root}))
    known = units.states(named, asker)
    gaps += [Gap(key="unit", params={"unit": unit}) for unit in named if unit not in known]
    machine = Machine(packages=held, units=known, repositories=tuple(found.values()))
    return machine, files, [gap for index, gap in enumerate(gaps) if gap not in gaps[:index]]


def now(then: Machine, asker: Asker) -> Machine:
    """Return the state of the same things as they are now."""
    return Machine(
        packages=None if then.packages is None else packages.installed(asker),
        units=units.states(list(then.units), asker),
        repositories=tuple(repositories.state_of(state.root, asker) for state in then.repositories),
    )


def differing(old: Machine, new: Machine) -> tuple[Machine, Machine]:
    """Return two states without what is the same in both."""
    one, other = dict(old.packages or {}), dict(new.packages or {})
    same = {name for name, version in one.items() if other.get(name) == version}
    kept = [unit for unit, state in old.units.items() if unit in new.units and new.units[unit] != state]
    changed = [pair for pair in zip(old.repositories, new.repositories, strict=True) if not _is_same(*pair)]
    is_same = one == other

    def only(machine: Machine, held: dict[str, str], place: int) -> Machine:
        return Machine(
            packages=None if is_same else {name: version for name, version in held.items() if name not in same},
            units={unit: machine.units[unit] for unit in kept},
            repositories=tuple(pair[place] for pair in changed),
        )

    return only(old, one, 0), only(new, other, 1)


def way_back(old: Machine, new: Machine, asker: Asker, elevate: str, *, is_forced: bool) -> list[str]:
    """Return the commands that lead from one state back to another, one for each kind of thing.

    What changed again since is left as it is, unless forced.
    """
    current = now(new if new.packages is not None else old, asker)
    found: list[str] = []
    if old.packages is not None and new.packages is not None and current.packages is not None:
        present = current.packages
        names = set(old.packages) | set(new.packages)
        settled = {name for name in names if is_forced or present.get(name) == new.packages.get(name)}
        steps = packages.way_back(_only(old.packages, settled), _only(present, settled), elevate)
        found.append(" && ".join(steps))
    unit_states = units.states(list(old.units), asker)
    found.append(" && ".join(units.way_back(old.units, unit_states, elevate)))
    for one, other in zip(old.repositories, new.repositories, strict=True):
        state = repositories.state_of(one.root, asker)
        if is_forced or _is_same(state, other):
            found.append(" && ".join(repositories.way_back(one, state, asker)))
    return [command for command in found if command]


def repositories_moved_on(new: Machine, asker: Asker) -> list[str]:
    """Return the repositories that changed again since."""
    return [state.root for state in new.repositories if not _is_same(repositories.state_of(state.root, asker), state)]


def _is_same(one: Repository, other: Repository) -> bool:
    return (one.branch, one.head, one.index, one.refs) == (other.branch, other.head, other.index, other.refs)


def _only(held: dict[str, str], names: set[str]) -> dict[str, str]:
    return {name: version for name, version in held.items() if name in names}
