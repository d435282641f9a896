"""The drawing of a plan's graph."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from fazai_tui.widgets.graph_lanes import NODE, draw_graph


@dataclass(frozen=True)
class Node:
    id: str
    needs: tuple[str, ...] = ()


def drawn(*nodes: Node) -> list[str]:
    """Return the rows of the drawing, with each node's id where its icon goes."""
    lines: list[str] = []
    for row in draw_graph(nodes):
        lines += [row.merge, row.node.replace(NODE, row.node_id), row.detail, row.fork]
    return [line.rstrip() for line in lines if line.strip()]


def test_a_chain_is_one_line() -> None:
    assert drawn(Node("a"), Node("b", ("a",)), Node("c", ("b",))) == ["a", "│", "b", "│", "c"]


def test_branches_part_and_meet() -> None:
    nodes = Node("a"), Node("b", ("a",)), Node("c", ("a",)), Node("d", ("b", "c"))

    assert drawn(*nodes) == ["a", "│", "├─╮", "b │", "│ │", "│ c", "│ │", "├─╯", "d"]


def test_an_edge_crosses_the_lane_between() -> None:
    nodes = Node("a"), Node("x"), Node("y", ("a",)), Node("b", ("a", "x")), Node("c", ("y", "b"))

    assert any("┼" in line or "┴" in line or "─" in line for line in drawn(*nodes))


def test_a_step_given_before_what_it_needs_is_drawn_after_it() -> None:
    assert [row.node_id for row in draw_graph([Node("b", ("a",)), Node("a")])] == ["a", "b"]


@st.composite
def graphs(draw: st.DrawFn) -> list[Node]:
    size = draw(st.integers(1, 8))
    return [
        Node(str(index), tuple(str(other) for other in range(index) if draw(st.booleans()))) for index in range(size)
    ]


@given(graphs())
def test_every_node_stands_once_on_a_lane(nodes: list[Node]) -> None:
    rows = draw_graph(nodes)

    assert [row.node_id for row in rows] == [node.id for node in nodes]
    assert all(row.node.count(NODE) == 1 for row in rows)
    assert all(len(row.merge) in (0, len(row.node)) for row in rows)


@given(graphs())
def test_a_node_with_children_goes_on_below_and_one_without_ends(nodes: list[Node]) -> None:
    for row in draw_graph(nodes):
        has_children = any(row.node_id in node.needs for node in nodes)
        assert (row.detail[row.node.index(NODE)] == "│") == has_children
