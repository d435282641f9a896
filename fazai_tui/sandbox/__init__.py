"""Sandbox modes: what the shell and everything it starts can reach."""

from fazai_tui.sandbox.launchers import Method, PlainLauncher
from fazai_tui.sandbox.selection import MethodReport, SandboxReport, create_launcher, probe

__all__ = ["Method", "MethodReport", "PlainLauncher", "SandboxReport", "create_launcher", "probe"]
