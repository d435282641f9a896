"""FazAI as far as the lock-out guard knows it: a process that is told what to do line by line, and can be killed."""

import json
import subprocess
import sys
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.lockout.keeper import MachineGuard
from fazai_tui.policy.bash import BashPolicy


def main() -> None:
    """Answer each line `VERB ARGUMENT` by a line of JSON."""
    guard = MachineGuard(Path(sys.argv[1]), int(sys.argv[2]), Texts("en"))
    policy = BashPolicy(home="/root", user="root")
    armed = ""
    for line in sys.stdin:
        verb, _, argument = line.strip().partition(" ")
        answer: object = None
        try:
            match verb:
                case "begin" | "step":
                    armed = guard.arm(policy.assess(argument, "/").lockout, argument).id
                    failed = subprocess.run(["bash", "-c", argument], check=False, capture_output=True).returncode != 0
                    if verb == "step":
                        guard.settle(armed, has_failed=failed)
                    answer = armed
                case "settle":
                    guard.settle(armed, has_failed=False)
                case "keep":
                    answer = guard.keep(argument or armed, "user")
                case "revert":
                    answer = guard.put_back(argument or armed, "user")
                case "resume":
                    answer = subprocess.run(guard.revert_command(argument), check=False).returncode
                case "foresee":
                    found = guard.foresee(policy.assess(argument, "/").lockout)
                    answer = None if found is None else found.model_dump(mode="json")
                case _:
                    answer = [status.model_dump(mode="json") for status in guard.statuses()]
        except FazaiError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
