"""Draws a plan's graph as text: one lane an edge, lanes fork and merge as in `git log --graph`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

NODE = "\0"
"""Stands in a gutter where the node's icon goes."""


class GraphNode(Protocol):
    """What the drawing needs of a step."""

    @property
    def id(self) -> str:
        """A name, unique in the graph."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """The nodes that come before this one."""
        ...


@dataclass(frozen=True, slots=True)
class GraphRow:
    """The gutters of one node.

    Attributes:
        node_id: Which node.
        merge: The row above the node where edges meet; empty when none do.
        node: The node's own row, with `NODE` where the icon goes.
        detail: The rows under the node.
        fork: The row below the details where edges part; empty when none do.
    """

    node_id: str
    merge: str
    node: str
    detail: str
    fork: str


def draw_graph(nodes: Sequence[GraphNode]) -> tuple[GraphRow, ...]:
    """Lay out nodes that are given in an order where needs come first; other orders are sorted."""
    ordered = _sorted(nodes)
    children: dict[str, list[str]] = {node.id: [] for node in ordered}
    for node in ordered:
        for need in dict.fromkeys(node.needs):
            children[need].append(node.id)
    lanes: list[str | None] = []
    return tuple(_place(node.id, children[node.id], lanes) for node in ordered)


def _sorted(nodes: Sequence[GraphNode]) -> list[GraphNode]:
    """Sort stably so that every node comes after what it needs."""
    waiting = list(nodes)
    placed: set[str] = set()
    ordered: list[GraphNode] = []
    while waiting:
        index = next((i for i, node in enumerate(waiting) if placed.issuperset(node.needs)), 0)
        node = waiting.pop(index)
        placed.add(node.id)
        ordered.append(node)
    return ordered


def _place(node_id: str, children: list[str], lanes: list[str | None]) -> GraphRow:
    """Put a node on its lane, ending the edges that reach it and opening those that leave it."""
    incoming = [i for i, target in enumerate(lanes) if target == node_id]
    merge = _branches(lanes, incoming, "┴", "╯") if len(incoming) > 1 else ""
    for index in incoming:
        lanes[index] = None
    lane = incoming[0] if incoming else _free_lane(lanes, 0)
    lanes[lane] = node_id
    own = "".join(NODE if i == lane else _bar(target) for i, target in enumerate(lanes))
    lanes[lane] = children[0] if children else None
    opened = [lane]
    detail = "".join(_bar(target) for target in lanes)
    for child in children[1:]:
        index = _free_lane(lanes, lane + 1)
        lanes[index] = child
        opened.append(index)
    fork = _branches(lanes, sorted(opened), "┬", "╮") if len(opened) > 1 else ""
    while lanes and lanes[-1] is None:
        lanes.pop()
    return GraphRow(node_id, _spaced(merge), _spaced(own), _spaced(detail), _spaced(fork))


def _free_lane(lanes: list[str | None], start: int) -> int:
    for index in range(start, len(lanes)):
        if lanes[index] is None:
            return index
    lanes.append(None)
    return len(lanes) - 1


def _bar(target: str | None) -> str:
    return " " if target is None else "│"


def _branches(lanes: Sequence[str | None], joined: Sequence[int], middle: str, last: str) -> str:
    """Draw the row in which the joined lanes meet, crossing the others between them."""
    characters: list[str] = []
    for index, target in enumerate(lanes):
        if index == joined[0]:
            characters.append("├")
        elif index == joined[-1]:
            characters.append(last)
        elif index in joined:
            characters.append(middle)
        elif joined[0] < index < joined[-1]:
            characters.append("─" if target is None else "┼")
        else:
            characters.append(_bar(target))
    return "".join(characters)


def _spaced(row: str) -> str:
    """Widen a row to two columns a lane, carrying horizontal lines across."""
    return "".join(
        character + ("─" if character in "├─┼┬┴" and index + 1 < len(row) and row[index + 1] in "─┼┬┴╮╯" else " ")
        for index, character in enumerate(row)
    )
