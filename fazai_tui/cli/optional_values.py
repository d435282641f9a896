"""Options that may stand without their value, brought into the form that the command line's parser knows."""

from collections.abc import Sequence

from fazai_tui.ledger.names import LAST


def with_resume_value(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the value of `--resume` joined to it: an id, `--last`, or nothing."""
    found: list[str] = []
    queue = list(arguments)
    while queue:
        argument = queue.pop(0)
        if argument == "--":
            return [*found, argument, *queue]
        if argument != "--resume":
            found.append(argument)
        elif queue and (queue[0] == LAST or not queue[0].startswith("-")):
            found.append(f"--resume={queue.pop(0)}")
        else:
            found.append("--resume=")
    return found
