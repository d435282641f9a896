"""Programs that make file systems: whatever device they name is lost."""

from dataclasses import replace

from fazai_tui.core.plan import Risk
from fazai_tui.policy.grading import Grading
from fazai_tui.policy.places import Effect, Place
from fazai_tui.policy.rules import told_apart
from fazai_tui.policy.script import Invocation, Word

_VALUES = tuple("-t --type -L -U -b -E -i -I -m -N -O -T -C -d -e -g -G -J -l -s".split())
_FAT_VALUES = tuple("-F -n -i -s -S -r -R -f -h -b -g -m".split())
_FAT = ("mkfs.vfat", "mkfs.fat", "mkfs.msdos", "mkdosfs")


def grade_format(judge: Grading, invocation: Invocation) -> None:
    """Grade `mkfs` and its like: a device is critical, a file of one's own is not."""
    values = _FAT_VALUES if invocation.program in _FAT else _VALUES
    operands = told_apart(invocation.args, values=values).operands
    for word in invocation.args:
        # What an option takes differs between file systems: a device counts wherever it stands.
        if _is_device(judge, word, invocation):
            judge.findings.add(Risk.CRITICAL, "formats", program=invocation.program, target=word.text)
            judge.touch(Effect.DELETE, word, invocation)
        elif word in operands:
            if not word.is_known and word.unknown_at == 0:
                judge.findings.add(Risk.CRITICAL, "formats", program=invocation.program, target=word.text)
            judge.touch(Effect.MODIFY, word, invocation)


def _is_device(judge: Grading, word: Word, invocation: Invocation) -> bool:
    if word.text.startswith("-"):
        name, has_value, value = word.text.partition("=")
        if not has_value:
            return False
        word = replace(word, text=value, unknown_at=max(-1, word.unknown_at - len(name) - 1))
    return judge.places.locate(word, invocation.cwd) is Place.DEVICE
