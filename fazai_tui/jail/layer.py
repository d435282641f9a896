"""Hold a throw-away layer over the machine for as long as whoever started this lives.

Started as a program of its own with a plan in JSON: `size` (bytes of changes), `masked` and `own` (where a user works).
Says in one line of JSON what it holds, then waits for the end of its input, however that comes; with it everything that
was changed is gone.
"""

import json
import os
import sys

from fazai_tui.jail import kernel, overlay


def main(arguments: list[str]) -> int:
    """Build the layer and hold it; return a status."""
    plan = json.loads(arguments[0])
    is_user = bool(os.getuid())
    try:
        overlay.enter(is_user=is_user, flags=0)
        layers, closed = overlay.build(size=plan["size"], masked=plan["masked"], is_user=is_user, own=plan["own"])
    except OSError as error:
        sys.stderr.write(f"layer: {kernel.reason(error)}\n")
        return 125
    sys.stdout.write(json.dumps({"layers": layers, "closed": closed}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    return 0
