"""The log keeps its end in sight, unless the user went elsewhere."""

from typing import Any

import pytest
from textual.app import App, ComposeResult

from fazai_tui.core.flood import pieces_of
from fazai_tui.widgets.row_store import MarkRow
from fazai_tui.widgets.terminal_log import TerminalLog


class LogApp(App[None]):
    """An application that is a log."""

    def compose(self) -> ComposeResult:
        """Show the log alone."""
        yield TerminalLog()


@pytest.mark.parametrize("is_hidden", [False, True])
@pytest.mark.parametrize("count", [100, 60_000])
async def test_what_is_folded_as_it_comes_ends_at_its_end(count: int, is_hidden: bool) -> None:
    app = LogApp()
    async with app.run_test(size=(40, 20)) as pilot:
        log = app.query_one(TerminalLog)
        log.display = not is_hidden
        await pilot.pause()

        log.append_raw(pieces_of("".join(f"{number}\n" for number in range(count))))
        log.fold_since(0, lambda hidden: f"{hidden} hidden")
        log.append([MarkRow("done", "success")])
        await pilot.pause()
        log.display = True
        await pilot.pause()
        await pilot.pause()

        assert log.scroll_y == log.max_scroll_y > 0


async def test_more_rows_in_a_full_pane_leave_the_rest_of_the_screen_alone() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 20)) as pilot:
        log = app.query_one(TerminalLog)
        log.append_raw(pieces_of("".join(f"{number}\n" for number in range(100))))
        log.show_more()
        await pilot.pause()
        await pilot.pause()
        layouts: list[object] = []
        screen: Any = app.screen
        screen.screen_layout_refresh_signal.subscribe(screen, layouts.append)

        log.append([MarkRow("newest", "note")])
        await pilot.pause()
        await pilot.pause()

        assert not layouts
        assert log.scroll_y == log.max_scroll_y == 101 - log.size.height
        assert "newest" in log.render_line(log.size.height - 1).text
        assert log.vertical_scrollbar.window_virtual_size == 101
