"""Runs commands in a sandbox's shell, as whoever this is started as: a plan in JSON comes in, what came of it goes out.

After each command it looks, from outside, whether a directory is still as it was.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.core.policy import SandboxMode
from fazai_tui.sandbox import Method, create_launcher
from fazai_tui.shell import BashShell


def seen(folder: str) -> list[tuple[str, bytes]]:
    """Return what is in a directory."""
    return sorted((entry.name, entry.read_bytes() if entry.is_file() else b"") for entry in Path(folder).iterdir())


async def attempt(plan: dict[str, Any]) -> dict[str, Any]:
    """Run the commands; return for each what it printed and whether it changed anything outside."""
    texts, env = Texts("en"), {**os.environ, "HOME": plan["home"]}
    launcher = create_launcher(
        SandboxMode(plan["mode"]),
        workspace=plan["workspace"],
        env=env,
        texts=texts,
        private_paths=plan["private"],
        has_network=plan["network"],
        methods=[Method(name) for name in plan["methods"]],
    )
    shell = BashShell(cwd=plan["workspace"], sandbox=launcher, texts=texts, env=env)
    await shell.start()
    before = seen(plan["outside"])
    found: dict[str, Any] = {}
    for name, command in plan["commands"].items():
        result = await shell.run(command, lambda text: None, timeout=20)
        after = seen(plan["outside"])
        found[name] = {"output": result.output, "leaked": after != before}
        before = after
    await shell.close()
    if launcher.layer is not None:
        launcher.layer.close()
    return found


def main() -> None:
    """Read the plan and print what came of it."""
    try:
        found = asyncio.run(attempt(json.load(sys.stdin)))
    except FazaiError as error:
        found = {"refused": f"{error.message}"}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
