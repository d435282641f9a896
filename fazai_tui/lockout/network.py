"""Interfaces, addresses, routes and routing rules in the kernel."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import cast

from fazai_tui.lockout.outcome import Outcome, done
from fazai_tui.lockout.programs import Programs

_FAMILIES = ("-4", "-6")
_UNCOUNTED = re.compile(r"(?:^|\s)table local(?:\s|$)|proto ra(?:\s|$)")
"""Routes that come with addresses, and those that routers announce."""
_VOLATILE = re.compile(r"\s*(?:expires \d+sec|linkdown|dead|pref medium|hoplimit \d+)")
_RULE = re.compile(r"(\d+):\s+(.*)")
_PASSES = 3
"""A route may need another one first."""


@dataclass(frozen=True, slots=True)
class Link:
    """An interface, as far as it matters to whoever comes in over it."""

    index: int
    name: str
    mtu: int
    mac: str
    master: str
    is_up: bool
    addresses: tuple[str, ...]


def network_state(programs: Programs) -> dict[str, list[str]]:
    """Return the state: links and addresses as JSON texts, routes and rules as `ip` writes and reads them."""
    links = [json.dumps(asdict(link)) for link in _links(programs)]
    state: dict[str, list[str]] = {"links": links}
    for family in _FAMILIES:
        state[f"routes{family}"] = _lines(programs, family, "route", "show", "table", "all")
        state[f"rules{family}"] = _lines(programs, family, "rule", "show")
    return state


def network_gaps(programs: Programs) -> list[str]:
    """Return why the network could not be put back; empty where it can."""
    return [] if programs.has("ip") else ["no_ip_program"]


def network_differs(before: dict[str, list[str]], programs: Programs) -> bool:
    """Tell whether the network is no longer what it was."""
    now = network_state(programs)
    return any(_comparable(name, before.get(name, [])) != _comparable(name, now.get(name, [])) for name in now)


def put_network_back(before: dict[str, list[str]], programs: Programs) -> list[Outcome]:
    """Put interfaces, then addresses, rules and routes back; return what became of each."""
    wanted = [_read_link(text) for text in before.get("links", [])]
    outcomes = [*_put_links_back(wanted, programs), *_put_addresses_back(wanted, programs)]
    for family in _FAMILIES:
        outcomes += _put_rules_back(family, before.get(f"rules{family}", []), programs)
        outcomes += _put_routes_back(family, before.get(f"routes{family}", []), programs)
    return outcomes


def _put_links_back(wanted: Sequence[Link], programs: Programs) -> list[Outcome]:
    outcomes: list[Outcome] = []
    present = {link.index: link for link in _links(programs)}
    known = {link.index for link in wanted}
    for number, link in present.items():
        if number not in known:
            name = link.name
            outcomes.append(done("link", name, programs.run(("ip", "link", "delete", "dev", name)).problem))
    for link in wanted:
        now, name = present.get(link.index), link.name
        if now is None:
            outcomes.append(Outcome("link", name, is_back=False, detail="deleted"))
        elif now != link:
            problems = [programs.run(command).problem for command in _link_commands(now, link)]
            outcomes.append(done("link", name, next((problem for problem in problems if problem), "")))
    return outcomes


def _link_commands(now: Link, link: Link) -> list[tuple[str, ...]]:
    name = link.name
    commands: list[tuple[str, ...]] = []
    if now.name != name:
        old = now.name
        commands += [("ip", "link", "set", "dev", old, "down"), ("ip", "link", "set", "dev", old, "name", name)]
    base = ("ip", "link", "set", "dev", name)
    if now.mac != link.mac and link.mac:
        commands += [(*base, "down"), (*base, "address", link.mac)]
    if now.mtu != link.mtu:
        commands.append((*base, "mtu", str(link.mtu)))
    if now.master != link.master:
        commands.append((*base, "master", link.master) if link.master else (*base, "nomaster"))
    if commands or now.is_up != link.is_up:
        commands.append((*base, "up" if link.is_up else "down"))
    return commands


def _put_addresses_back(wanted: Sequence[Link], programs: Programs) -> list[Outcome]:
    outcomes: list[Outcome] = []
    present = {link.index: link for link in _links(programs)}
    for link in wanted:
        now, name = present.get(link.index), link.name
        if now is None:
            continue
        had, has = link.addresses, now.addresses
        for address in has:
            if address not in had:
                problem = programs.run(("ip", "address", "delete", address.split()[0], "dev", name)).problem
                outcomes.append(done("address", f"{address.split()[0]} {name}", problem))
        for address in had:
            if address not in has:
                problem = programs.run(("ip", "address", "add", *address.split(), "dev", name)).problem
                outcomes.append(done("address", f"{address.split()[0]} {name}", problem))
    return outcomes


def _put_rules_back(family: str, wanted: Sequence[str], programs: Programs) -> list[Outcome]:
    outcomes: list[Outcome] = []
    present = _lines(programs, family, "rule", "show")
    changes = [("add", rule) for rule in wanted if rule not in present]
    changes += [("delete", rule) for rule in present if rule not in wanted]
    for verb, rule in changes:
        if match := _RULE.fullmatch(rule):
            words = match[2].replace("lookup", "table").split()
            problem = programs.run(("ip", family, "rule", verb, "priority", match[1], *words)).problem
            outcomes.append(done("rule", rule, problem))
    return outcomes


def _put_routes_back(family: str, wanted: Sequence[str], programs: Programs) -> list[Outcome]:
    outcomes: dict[str, Outcome] = {}
    for _ in range(_PASSES):
        present = _comparable("routes", _lines(programs, family, "route", "show", "table", "all"))
        needed = _comparable("routes", list(wanted))
        extra = [route for route in present if route not in needed]
        missing = [route for route in needed if route not in present]
        if not extra and not missing:
            break
        for verb, routes in (("delete", extra), ("append", missing)):
            for route in routes:
                problem = programs.run(("ip", family, "route", verb, *route.split())).problem
                outcomes[route] = done("route", route, problem)
    return list(outcomes.values())


def _links(programs: Programs) -> list[Link]:
    """Return each link with what matters of it."""
    told = programs.run(("ip", "-j", "address", "show"))
    try:
        found = cast("list[dict[str, object]]", json.loads(told.output or "[]"))
    except ValueError:
        return []
    return [_link(link) for link in found if link.get("ifindex")]


def _link(link: dict[str, object]) -> Link:
    addresses: list[str] = []
    for info in cast("list[dict[str, object]]", link.get("addr_info") or []):
        if info.get("scope") != "link":
            peer = f" peer {info['address']}/{info['prefixlen']}" if "address" in info else ""
            own = str(info.get("local")) + ("" if peer else f"/{info.get('prefixlen')}")
            broadcast = f" broadcast {info['broadcast']}" if "broadcast" in info else ""
            label = f" label {info['label']}" if info.get("label") else ""
            addresses.append(f"{own}{peer}{broadcast} scope {info.get('scope', 'global')}{label}")
    return Link(
        index=int(str(link.get("ifindex"))),
        name=str(link.get("ifname")),
        mtu=int(str(link.get("mtu", 0))),
        mac=str(link.get("address", "")) if link.get("link_type") == "ether" else "",
        master=str(link.get("master", "")),
        is_up="UP" in cast("list[str]", link.get("flags") or []),
        addresses=tuple(addresses),
    )


def _read_link(text: str) -> Link:
    facts = cast("dict[str, object]", json.loads(text))
    addresses = tuple(cast("list[str]", facts["addresses"]))
    index, mtu = int(str(facts["index"])), int(str(facts["mtu"]))
    return Link(
        index, str(facts["name"]), mtu, str(facts["mac"]), str(facts["master"]), facts["is_up"] is True, addresses
    )


def _lines(programs: Programs, *arguments: str) -> list[str]:
    told = programs.run(("ip", "-o", *arguments))
    # A route with several next hops takes several lines; `-o` puts backslashes for the line ends.
    return [" ".join(line.replace("\\", " ").split()) for line in told.output.splitlines() if line.strip()]


def _comparable(name: str, lines: list[str]) -> list[str]:
    """Return what counts of a state: no routes that come by themselves, nothing that only ages."""
    if not name.startswith("routes"):
        return sorted(lines) if name == "links" else lines
    return [_VOLATILE.sub("", line).strip() for line in lines if not _UNCOUNTED.search(line)]
