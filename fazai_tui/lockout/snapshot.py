"""The state of everything that people come in by, kept in a private directory, and the way back to it."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from fazai_tui.core.access_places import ACCESS_PLACES, ACCESS_UNITS, Subject
from fazai_tui.lockout import files, firewall, network, services
from fazai_tui.lockout.files import Picture
from fazai_tui.lockout.outcome import Outcome
from fazai_tui.lockout.programs import Programs

_ROUNDS = 3
"""What is put back may depend on something that comes later."""
_INDEX = "kept.json"


@dataclass(slots=True)
class Kept:
    """What was kept.

    Attributes:
        subjects: What it covers.
    """

    subjects: list[Subject] = field(default_factory=list[Subject])
    pictures: list[Picture] = field(default_factory=list[Picture])
    firewall: dict[str, str] = field(default_factory=dict[str, str])
    network: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    units: dict[str, str] = field(default_factory=dict[str, str])


class Snapshot:
    """The state before the first of the guarded steps.

    Args:
        folder: Where it is kept, for its owner alone.
        programs: Asks the machine, and changes it back.
    """

    def __init__(self, folder: str, programs: Programs) -> None:
        self._folder = folder
        self._programs = programs
        self._kept = self._read()

    @property
    def subjects(self) -> list[Subject]:
        """What it covers."""
        return self._kept.subjects

    def add(self, subjects: Sequence[Subject], paths: Sequence[str]) -> None:
        """Keep more; what was kept before stays as it was kept.

        Raises:
            OSError: It cannot be kept.
        """
        kept = self._kept
        known = {picture.path for picture in kept.pictures}
        new: list[Subject] = [subject for subject in subjects if subject not in kept.subjects]
        places = [place for subject in new for place in ACCESS_PLACES[subject]]
        wanted = [place for place in dict.fromkeys((*places, *paths)) if place not in known]
        kept.pictures += [picture for picture in files.keep(wanted, self._folder) if picture.path not in known]
        if "firewall" in new:
            kept.firewall = firewall.firewall_state(self._programs)
        if "network" in new:
            kept.network = network.network_state(self._programs)
        for subject in new:
            kept.units.update(services.unit_states(ACCESS_UNITS[subject], self._programs))
        kept.subjects += new
        self._write()

    def differs(self) -> bool:
        """Tell whether anything is no longer as it was kept."""
        return bool(
            files.differing(self._kept.pictures)
            or ("firewall" in self.subjects and firewall.firewall_differs(self._kept.firewall, self._programs))
            or ("network" in self.subjects and network.network_differs(self._kept.network, self._programs))
            or services.unit_states(list(self._kept.units), self._programs) != self._kept.units
        )

    def put_back(self) -> list[Outcome]:
        """Put everything back and make sure of it; return what became of each thing, the last word on it."""
        found: dict[tuple[str, str], Outcome] = {}
        for _ in range(_ROUNDS):
            found.update({(outcome.kind, outcome.name): outcome for outcome in self._round()})
            if not self.differs():
                # What failed at first is back nevertheless.
                return [Outcome(outcome.kind, outcome.name, is_back=True) for outcome in found.values()]
        left = files.differing(self._kept.pictures)
        named = {name for kind, name in found if kind == "file"}
        missed = [Outcome("file", path, is_back=False) for path in left if path not in named]
        if not left and all(outcome.is_back for outcome in found.values()):
            missed.append(Outcome("state", " ".join(self.subjects), is_back=False))
        return [*found.values(), *missed]

    def forget(self) -> None:
        """Delete what was kept."""
        for name in os.listdir(self._folder):
            os.unlink(os.path.join(self._folder, name))
        os.rmdir(self._folder)

    def _round(self) -> list[Outcome]:
        kept, outcomes = self._kept, list[Outcome]()
        # The kernel's rules first: they are what keeps people out this very second.
        if "firewall" in kept.subjects:
            outcomes += firewall.put_firewall_back(kept.firewall, self._programs)
        if "network" in kept.subjects and network.network_differs(kept.network, self._programs):
            outcomes += network.put_network_back(kept.network, self._programs)
        changed = files.put_back(kept.pictures, self._folder)
        outcomes += changed
        outcomes += services.take_up_files(kept.subjects, [outcome.name for outcome in changed], self._programs)
        outcomes += services.put_units_back(kept.units, self._programs)
        return outcomes

    def _read(self) -> Kept:
        try:
            with open(os.path.join(self._folder, _INDEX), encoding="utf-8") as stream:
                found = cast("dict[str, object]", json.load(stream))
        except FileNotFoundError:
            return Kept()
        pictures = cast("list[dict[str, object]]", found["pictures"])
        return Kept(
            cast("list[Subject]", found["subjects"]),
            [files.read_picture(facts) for facts in pictures],
            cast("dict[str, str]", found["firewall"]),
            cast("dict[str, list[str]]", found["network"]),
            cast("dict[str, str]", found["units"]),
        )

    def _write(self) -> None:
        kept = self._kept
        facts = {
            "subjects": kept.subjects,
            "pictures": [picture.facts() for picture in kept.pictures],
            "firewall": kept.firewall,
            "network": kept.network,
            "units": kept.units,
        }
        draft = os.path.join(self._folder, f".{_INDEX}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as stream:
            json.dump(facts, stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, os.path.join(self._folder, _INDEX))
