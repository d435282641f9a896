"""Many rows in little memory: order, bounds, folds and search."""

import tracemalloc

import pytest

from fazai_tui.core.flood import pieces_of
from fazai_tui.widgets.ansi_lines import AnsiLine
from fazai_tui.widgets.row_store import MAX_ROWS, MarkRow, RowStore, plain


def lines(start: int, stop: int) -> str:
    return "".join(f"line {number}\r\n" for number in range(start, stop))


def texts(store: RowStore) -> list[str]:
    return [plain(row) for row in store]


def test_rows_keep_their_order_whichever_way_they_came() -> None:
    store = RowStore()
    store.append([MarkRow("$ seq", "command"), AnsiLine("\x1b[31mfirst\x1b[0m")])
    store.append_raw(pieces_of(lines(0, 30_000)), 80)
    store.append([AnsiLine("last")])

    assert len(store) == 30_003
    assert texts(store) == ["$ seq", "first", *(f"line {number}" for number in range(30_000)), "last"]
    assert plain(store[15_002]) == "line 15000"
    with pytest.raises(IndexError):
        store[30_003]


def test_long_lines_of_a_flood_take_as_many_rows_as_they_need() -> None:
    store = RowStore()
    store.append_raw(pieces_of("a" * 25 + "\n" + "\x1b[1m" + "b" * 10 + "\x1b[0m\nc\n\n"), 10)
    assert texts(store) == ["a" * 10, "a" * 10, "a" * 5, "b" * 10, "c", ""]


@pytest.mark.parametrize("is_raw", [True, False])
def test_the_newest_hundred_thousand_rows_are_kept(is_raw: bool) -> None:
    store = RowStore()
    for start in range(0, 300_000, 5_000):
        if is_raw:
            store.append_raw(pieces_of(lines(start, start + 5_000)), 80)
        else:
            store.append([AnsiLine(f"line {number}") for number in range(start, start + 5_000)])

    assert MAX_ROWS <= len(store) < MAX_ROWS + 20_000
    assert plain(store[len(store) - 1]) == "line 299999"
    assert store.dropped + len(store) == 300_000


def test_a_gigabyte_takes_little_memory() -> None:
    store = RowStore()
    piece = lines(0, 200_000)
    tracemalloc.start()
    for _ in range(1_000_000_000 // len(piece) // 10):
        store.append_raw(pieces_of(piece[:-1] + "\n"), 80)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000


def test_search_goes_both_ways_and_knows_capitals() -> None:
    store = RowStore()
    store.append([AnsiLine("Alpha"), AnsiLine("\x1b[31mbe\x1b[0mta"), AnsiLine("alpha")])
    store.append_raw(pieces_of(lines(0, 20_000)), 80)

    assert store.find("line 777", len(store) - 1, is_backward=True) == 3 + 7779
    assert store.find("line 777", 0, is_backward=False) == 3 + 777
    assert store.find("beta", len(store) - 1, is_backward=True) == 1
    assert store.find("alpha", 1, is_backward=True) == 0
    assert store.find("Alpha", len(store) - 1, is_backward=True) == 0
    assert store.find("nowhere", 0, is_backward=False) is None


def test_a_fold_hides_opens_closes_and_lets_itself_be_searched() -> None:
    store = RowStore()
    store.append([AnsiLine("head")])
    store.append_raw(pieces_of(lines(0, 500)), 80)
    store.append([AnsiLine("tail")])
    store.fold(11, 491, lambda count: f"{count} folded")

    assert len(store) == 502 - 480 + 1
    assert texts(store)[10:13] == ["line 9", "▸ 480 folded", "line 490"]
    assert store.is_fold(11) and not store.is_fold(10)

    store.toggle(11)
    assert len(store) == 503 and texts(store)[12] == "line 10"
    store.toggle(11)
    found = store.find("line 250", len(store) - 1, is_backward=True)
    assert found is not None and plain(store[found]) == "line 250" and len(store) == 503


def test_the_newest_output_can_be_taken_back() -> None:
    store = RowStore()
    store.append([MarkRow("$ x", "command"), AnsiLine("a")])
    store.append_raw(pieces_of("b\nc\n"), 80)
    assert [row.text for row in store.take_back(2)] == ["b", "c"]
    assert [row.text for row in store.take_back(9)] == ["a"]
    assert texts(store) == ["$ x"]
