"""What the cookbook proposes may run."""

import pytest

from fazai_tui.core.cookbook import SLOT, Entry
from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Decision
from fazai_tui.memory.cookbook import load_cookbook
from fazai_tui.policy.bash import BashPolicy

_SAMPLES = {
    "file": "notas.txt",
    "dir": "pasta",
    "path": "pasta/x",
    "script": "x.sh",
    "archive": "b.tar.gz",
    "glob": "*.log",
    "ext": "txt",
    "number": "3",
    "count": "3",
    "column": "2",
    "line": "2",
    "port": "8080",
    "user": "maria",
    "group": "devs",
    "service": "nginx",
    "package": "htop",
    "process": "firefox",
    "pid": "1234",
    "host": "srv1",
    "ip": "10.0.0.1",
    "cidr": "10.0.0.0/8",
    "url": "http://x.org/a",
    "domain": "x.org",
    "device": "/dev/sdb1",
    "mountpoint": "/mnt/d",
    "mode": "644",
    "time": "10",
    "size": "10M",
    "command": "./job.sh",
    "interface": "eth0",
}


def _filled(entry: Entry, command: str) -> str:
    values = {
        name: slot.default or (slot.values[0].value if slot.values else _SAMPLES.get(slot.type, "valor"))
        for name, slot in entry.slots.items()
    }
    return SLOT.sub(lambda match: values.get(match[1], match[0]), command)


ENTRIES = [entry for entry in load_cookbook() if entry.steps]


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.id for entry in ENTRIES])
def test_no_entry_is_refused_unless_it_says_critical(policy: BashPolicy, entry: Entry) -> None:
    commands = [step.run for steps in (entry.steps, *entry.variants.values()) for step in steps]
    for command in (_filled(entry, command) for command in (*commands, entry.rollback) if command):
        assessment = policy.assess(command)
        assert entry.risk is Risk.CRITICAL or assessment.decision is not Decision.REFUSE, (command, assessment.reasons)


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.id for entry in ENTRIES])
def test_every_command_can_be_read(policy: BashPolicy, entry: Entry) -> None:
    for command in (_filled(entry, step.run) for step in entry.steps):
        keys = [reason.key for reason in policy.assess(command).reasons]
        assert "policy.reason.parse_error" not in keys, command
