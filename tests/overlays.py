"""Whether this machine has overlays, found out without the product: one that is broken must not skip its tests."""

import functools
import os
import shutil
import subprocess

_TRY = """
set -e
mount -t tmpfs none /sys && cd /sys && mkdir upper work at
mount -t overlay overlay -o lowerdir=/etc,upperdir=/sys/upper,workdir=/sys/work,{how} /sys/at
touch at/made && test -e upper/made
"""


@functools.cache
def overlay_refusal(user: int | None = None) -> str:
    """Return why there are none, in the words of the system; empty when there are.

    Args:
        user: Whose namespaces they are to be in; None for this process's.
    """
    for program in ("unshare", "mount"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    is_user = (os.geteuid() if user is None else user) != 0
    become = ["unshare", "-Urm"] if is_user else ["unshare", "-m"]
    text = _TRY.format(how="userxattr" if is_user else "index=off")
    if user not in (None, os.geteuid()):
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *become]
    tried = subprocess.run([*become, "bash", "-c", text], cwd="/", capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else tried.stderr.strip().rpartition("\n")[2] or f"status {tried.returncode}"
