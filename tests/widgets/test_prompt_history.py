"""Walking through earlier orders."""

from fazai_tui.widgets.prompt_history import MAX_ORDERS, PromptHistory


def test_the_arrows_go_back_to_the_oldest_and_forth_to_nothing() -> None:
    history = PromptHistory(["one", "two"])

    assert [history.previous(), history.previous(), history.previous()] == ["two", "one", None]
    assert [history.next(), history.next(), history.next()] == ["two", "", None]


def test_it_walks_from_an_empty_prompt_or_an_order_walked_to() -> None:
    history = PromptHistory(["one"])

    assert history.can_walk("")
    assert not history.can_walk("typed")
    history.previous()
    assert history.can_walk("one")
    assert not history.can_walk("one, edited")


def test_a_repeated_order_is_kept_once_as_the_newest() -> None:
    history = PromptHistory(["one", "two"])
    history.add("one")

    assert history.orders == ("two", "one")


def test_orders_of_earlier_sessions_come_before_and_the_number_is_bounded() -> None:
    history = PromptHistory(["now"])
    history.prepend([*(str(number) for number in range(MAX_ORDERS)), "now"])

    assert history.orders[-1] == "now"
    assert len(history.orders) == MAX_ORDERS
