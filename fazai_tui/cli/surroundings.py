"""The machine as the screen shows it: its load, and the files a path may become."""

import os
from collections.abc import Sequence

from fazai_tui.widgets.status_bar import Usage

_GIB = 1024**3


class LocalSurroundings:
    """This machine."""

    def usage(self) -> Usage:
        """Return the load since the call before."""
        import psutil

        memory = psutil.virtual_memory()
        return Usage(
            cpu=psutil.cpu_percent(None),
            memory_used=(memory.total - memory.available) / _GIB,
            memory_total=memory.total / _GIB,
        )

    def list_paths(self, fragment: str, cwd: str, limit: int) -> Sequence[str]:
        """Return the entries whose names continue the fragment, directories first; hidden ones only when asked for."""
        folder, name = os.path.split(fragment)
        place = os.path.join(cwd, os.path.expanduser(folder))
        try:
            with os.scandir(place) as entries:
                found = [(not entry.is_dir(), entry.name) for entry in entries if entry.name.startswith(name)]
        except OSError:
            return ()
        wanted = sorted(item for item in found if name.startswith(".") or not item[1].startswith("."))
        return [os.path.join(folder, entry) + ("" if is_file else "/") for is_file, entry in wanted[:limit]]
