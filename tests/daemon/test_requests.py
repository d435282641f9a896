"""Reading lines and requests."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazai_tui.core.policy import ApprovalDecision
from fazai_tui.daemon.lines import LineCutter
from fazai_tui.daemon.requests import Approve, CreateSession, RequestError, Status, read_request


@given(st.lists(st.binary(max_size=12).map(lambda data: data.replace(b"\n", b"")), max_size=8), st.data())
def test_lines_do_not_depend_on_how_they_come(lines: list[bytes], data: st.DataObject) -> None:
    sent = b"".join(line + b"\n" for line in lines)
    cutter = LineCutter(limit=8)
    found: list[bytes | None] = []
    while sent:
        size = data.draw(st.integers(1, len(sent)))
        piece, sent = sent[:size], sent[size:]
        found.extend(cutter.feed(piece))

    assert found == [line if len(line) <= 8 else None for line in lines]
    assert not cutter.is_amid_line


def test_of_a_line_without_end_nothing_is_held() -> None:
    cutter = LineCutter(limit=8)

    assert list(cutter.feed(b"x" * 9)) == [None]
    assert cutter.is_amid_line
    assert list(cutter.feed(b"y" * 100 + b"\nshort\n")) == [b"short"]


@given(st.binary(max_size=200))
def test_any_line_is_a_request_or_an_error(line: bytes) -> None:
    try:
        read_request(line)
    except RequestError as error:
        assert error.code in ("malformed", "unknown_request", "bad_request")


def test_json_in_a_json_string_is_that_json() -> None:
    line = json.dumps({"type": "status", "id": 4}).encode()

    assert read_request(json.dumps(line.decode()).encode()) == read_request(line) == Status(type="status", id=4)


def test_parameters_may_be_missing_and_unknown_ones_are_kept() -> None:
    assert read_request(b'{"type":"create_session","params":null}') == CreateSession(type="create_session")
    request = read_request(b'{"type":"create_session","params":{"temperature":1}}')

    assert isinstance(request, CreateSession)
    assert request.params.model_extra == {"temperature": 1}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "malformed"),
        (b"[]", "malformed"),
        (b"[" * 100_000, "malformed"),
        (b'"\xff"', "malformed"),
        (b'{"type":"dance","id":"x"}', "unknown_request"),
        (b'{"type":"exec","session_id":"s","id":"x"}', "bad_request"),
        (b'{"type":"exec","session_id":"s","command":"a\\u0000b","id":"x"}', "bad_request"),
    ],
)
def test_what_is_wrong_is_named(line: bytes, code: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_request(line)

    assert caught.value.code == code
    assert caught.value.request_id == (None if code == "malformed" else "x")


@pytest.mark.parametrize(
    ("word", "decision"),
    [
        ("run", ApprovalDecision.RUN),
        ("Approve", ApprovalDecision.RUN),
        (True, ApprovalDecision.RUN),
        ("approve-rest", ApprovalDecision.APPROVE_REST),
        ("deny", ApprovalDecision.DECLINE),
        (False, ApprovalDecision.DECLINE),
        ("abort", ApprovalDecision.ABORT),
    ],
)
def test_decisions_have_several_names(word: str | bool, decision: ApprovalDecision) -> None:
    request = Approve(type="approve", session_id="s", approval_id="a", decision=word)

    assert request.chosen() is decision
