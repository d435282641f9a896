"""The log keeps its end in sight, unless the user went elsewhere."""

import pytest
from textual.app import App, ComposeResult

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

        log.append_raw("".join(f"{number}\n" for number in range(count)))
        log.fold_since(0, lambda hidden: f"{hidden} hidden")
        log.append([MarkRow("done", "success")])
        await pilot.pause()
        log.display = True
        await pilot.pause()
        await pilot.pause()

        assert log.scroll_y == log.max_scroll_y > 0
