"""The rules of the firewall in the kernel: nftables, and iptables in both of its kinds."""

import re
from collections.abc import Iterator

from fazai_tui.lockout.outcome import Outcome, done
from fazai_tui.lockout.programs import Programs

_LEGACY = ("iptables-legacy", "ip6tables-legacy")
_CURRENT = ("iptables", "ip6tables")
_VOLATILE = re.compile(r"^#.*$|\s*\[\d+:\d+\]|\s+$| expires \w+| packets \d+ bytes \d+", re.MULTILINE)
"""Comments, what was counted, and what only ages."""
_BUILT_IN = {
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "raw": ("PREROUTING", "OUTPUT"),
    "security": ("INPUT", "FORWARD", "OUTPUT"),
}
_TABLE = re.compile(r"^table (?:\S+ )?\S+ \{$.*?^\}$", re.MULTILINE | re.DOTALL)

_SAVED_TABLE = re.compile(r"^\*.*?^COMMIT$", re.MULTILINE | re.DOTALL)
_IDLE_CHAIN = re.compile(r"^\tchain \S+ \{\s*type [^\n]*policy accept;\s*\}$", re.MULTILINE)
_LETS_THROUGH = re.compile(r":\S+ ACCEPT")


def firewall_state(programs: Programs) -> dict[str, str]:
    """Return the rules as they are, by the program that tells them."""
    state: dict[str, str] = {}
    if programs.has("nft"):
        told = programs.run(("nft", "list", "ruleset"))
        if not told.problem:
            state["nft"] = told.output
    for name in _kinds(programs):
        told = programs.run((f"{name}-save",))
        if not told.problem:
            state[name] = told.output
    return state


def firewall_gaps(programs: Programs) -> list[str]:
    """Return why the rules of the firewall could not be put back; empty where they can."""
    if not programs.has("nft") and not any(programs.has(f"{name}-save") for name in (*_CURRENT, *_LEGACY)):
        return ["no_firewall_program"]
    return []


def firewall_differs(before: dict[str, str], programs: Programs) -> bool:
    """Tell whether the rules are no longer what they were; what they have counted does not matter."""
    return bool(_changed(before, firewall_state(programs)))


def put_firewall_back(before: dict[str, str], programs: Programs) -> list[Outcome]:
    """Put the rules back, each program's in one transaction; return what became of each."""
    changed = _changed(before, firewall_state(programs))
    problems: dict[str, str] = {}
    if "nft" in changed:
        problems["nft"] = _put_nft_back(before.get("nft", ""), programs)
    for name in _kinds(programs):
        if name in changed and not (problems.get("nft") == "" and _is_on_nft(name, programs)):
            wanted = _with_emptied_tables(before.get(name, ""), programs.run((f"{name}-save",)).output)
            problems[name] = programs.run((f"{name}-restore",), wanted).problem
    left = set(_changed(before, firewall_state(programs)))
    return [done("firewall", name, (problems.get(name) or "?") if name in left else "") for name in changed]


def _put_nft_back(wanted: str, programs: Programs) -> str:
    """Load a whole ruleset; tables that only iptables can write are left to iptables."""
    problem = programs.run(("nft", "-f", "-"), f"flush ruleset\n{wanted}").problem
    if problem:
        own = "\n".join(table for table in _TABLE.findall(wanted) if not re.search(r"\bxt (match|target) ", table))
        again = programs.run(("nft", "-f", "-"), f"flush ruleset\n{own}").problem
        return again or problem
    return ""


def _changed(before: dict[str, str], now: dict[str, str]) -> list[str]:
    return [name for name in dict.fromkeys((*before, *now)) if _told(before, name) != _told(now, name)]


def _told(state: dict[str, str], name: str) -> str:
    """Return what counts of a program's rules, in an order of its own: that of the tables means nothing."""
    text = _VOLATILE.sub("", state.get(name, ""))
    if name != "nft":
        return "\n".join(sorted(_tables_with_rules(text)))
    text = _IDLE_CHAIN.sub("", text)
    return "\n".join(sorted("\n".join(filter(str.strip, table.splitlines())) for table in _TABLE.findall(text)))


def _with_emptied_tables(wanted: str, present: str) -> str:
    """Add the tables that were not there: emptied, as they cannot be taken away."""
    had = set(_tables(wanted))
    lines = [wanted.rstrip("\n")]
    for table in _tables(present):
        if table not in had:
            lines += [f"*{table}", *(f":{chain} ACCEPT [0:0]" for chain in _BUILT_IN.get(table, ())), "COMMIT"]
    return "\n".join(lines).lstrip("\n") + "\n"


def _tables_with_rules(saved: str) -> Iterator[str]:
    """Return the tables of iptables that do something: an empty one that lets all through is no more than none."""
    for table in _SAVED_TABLE.findall(saved):
        lines = [line for line in table.splitlines() if line.strip()]
        if any(not _LETS_THROUGH.fullmatch(line) for line in lines[1:-1]):
            yield "\n".join(lines)


def _tables(saved: str) -> Iterator[str]:
    return (line[1:] for line in saved.splitlines() if line.startswith("*"))


def _kinds(programs: Programs) -> Iterator[str]:
    """Return the iptables there are, each kind of rules once."""
    for current, legacy in zip(_CURRENT, _LEGACY, strict=True):
        if programs.has(f"{current}-save"):
            yield current
        if programs.has(f"{legacy}-save") and _is_on_nft(current, programs):
            yield legacy


def _is_on_nft(name: str, programs: Programs) -> bool:
    return "nf_tables" in programs.run((name, "--version")).output
