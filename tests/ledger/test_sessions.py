"""Sessions: found, searched, held by one process, forked, named, deleted; and the chain stays whole."""

import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError
from fazai_tui.core.events import (
    CommandFinished,
    CommandStarted,
    MessageProduced,
    SessionStarted,
    TurnFinished,
    TurnStarted,
)
from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Assessment, Decision
from fazai_tui.ledger.history import History
from fazai_tui.ledger.recorder import SqliteLedger
from fazai_tui.ledger.sessions import SessionBook
from fazai_tui.ledger.verification import verify

TEXTS = Texts("en")
GRADE = Assessment(command="df", risk=Risk.LOW, decision=Decision.ALLOW)


def remember(ledger: SqliteLedger, session: str, order: str, output: str = "", *, beside: str = "") -> None:
    """Record an order of a session with one command that goes to `/var`."""
    turn = f"t-{order}"
    ledger.record(session, SessionStarted(session_id=session, cwd="/srv", beside=beside))
    ledger.record(session, TurnStarted(turn_id=turn, order=order, kind="order"))
    ledger.record(
        session, CommandStarted(command_id=f"c-{turn}", step_id="s1", command="df", cwd="/srv", assessment=GRADE)
    )
    finished = CommandFinished(
        command_id=f"c-{turn}", step_id="s1", status="completed", exit_code=0, output=output, duration_ms=1, cwd="/var"
    )
    ledger.record(session, finished)
    ledger.record(session, MessageProduced(text=f"fim de {order}\nmais"))
    ledger.record(session, TurnFinished(turn_id=turn, status="fulfilled"))


@pytest.fixture
def book(ledger: SqliteLedger, file: Path) -> SessionBook:
    """Return the sessions `aaa` of two orders, and `abb` of one, which was used last; nobody has them open."""
    remember(ledger, "aaa", "veja o disco", "sdb cheio")
    remember(ledger, "aaa", "limpe o disco")
    remember(ledger, "abb", "instale o nginx")
    ledger.leave("aaa")
    ledger.leave("abb")
    return SessionBook(file, TEXTS)


def test_sessions_are_listed_by_their_last_use(book: SessionBook) -> None:
    last, first = book.sessions()

    assert (last.id, last.title, last.turns, last.cwd, last.holder) == ("abb", "instale o nginx", 1, "/var", None)
    assert (first.id, first.title, first.last_order, first.turns) == ("aaa", "veja o disco", "limpe o disco", 2)
    assert [turn.message for turn in book.past("aaa")] == ["fim de veja o disco\nmais", "fim de limpe o disco\nmais"]


@pytest.mark.parametrize(
    ("text", "found"),
    [("ngi", ["abb"]), ("disco cheio", ["aaa"]), ("df", ["abb", "aaa"]), ("fim instale", ["abb"]), ("nada", [])],
)
def test_sessions_are_searched_in_everything_they_hold(book: SessionBook, text: str, found: list[str]) -> None:
    assert [entry.id for entry in book.sessions(text)] == found


def test_a_session_is_found_by_beginning_name_and_last_use(book: SessionBook) -> None:
    book.rename("aaa", "  o   servidor ")

    assert book.find("--last").id == "abb"
    assert book.find("aa").id == "aaa"
    assert book.find("o servidor").id == "aaa"
    assert [entry.id for entry in book.sessions("servid")] == ["aaa"]
    with pytest.raises(BadInputError, match="more than one"):
        book.find("a")
    with pytest.raises(BadInputError, match="no session x"):
        book.find("x")


def test_without_sessions_there_is_none_to_resume(file: Path) -> None:
    with pytest.raises(BadInputError, match="no session to resume yet"):
        SessionBook(file, TEXTS).find("--last")


def test_what_the_users_own_shell_ran_belongs_to_the_session_beside_it(ledger: SqliteLedger, file: Path) -> None:
    remember(ledger, "main", "um")
    remember(ledger, "own", "!dois", beside="main")

    (entry,) = SessionBook(file, TEXTS).sessions()

    assert (entry.id, entry.turns, entry.last_order) == ("main", 2, "!dois")


@contextmanager
def another_process(file: Path) -> Generator[int]:
    """Have another process hold the session `abb`."""
    program = (
        "import sys, time; from pathlib import Path; from fazai_tui.config.texts import Texts;"
        "from fazai_tui.ledger.sessions import SessionBook;"
        "SessionBook(Path(sys.argv[1]), Texts('en')).claim('abb'); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process.pid
        finally:
            process.kill()


def test_the_second_process_is_told_who_holds_the_session(book: SessionBook, file: Path) -> None:
    with another_process(file) as pid:
        assert book.find("abb").holder == pid
        with pytest.raises(BadInputError, match=f"open in process {pid}"):
            book.claim("abb")
        with pytest.raises(BadInputError, match=f"open in process {pid}"):
            book.delete("abb")
        copy = book.fork("abb")
        book.claim(copy)

    assert [turn.order for turn in book.past(copy)] == ["instale o nginx"]
    assert book.find("abb").holder is None
    book.claim("abb")


def test_a_fork_goes_its_own_way(book: SessionBook, ledger: SqliteLedger, file: Path) -> None:
    copy = book.fork("abb")
    ledger.record(copy, SessionStarted(session_id=copy, cwd="/var", resumed=True))
    ledger.record(copy, TurnStarted(turn_id="t9", order="outra coisa", kind="order"))

    assert [turn.order for turn in book.past(copy)] == ["instale o nginx", "outra coisa"]
    assert [turn.order for turn in book.past("abb")] == ["instale o nginx"]
    assert book.find(copy).forked_from == "abb"
    assert len(History(file, TEXTS).list_turns()) == 4
    assert verify(file, TEXTS).is_whole


def test_a_deleted_session_leaves_its_record(book: SessionBook, file: Path) -> None:
    book.delete("aaa")

    assert [entry.id for entry in book.sessions()] == ["abb"]
    assert len(History(file, TEXTS).list_turns()) == 3
    assert verify(file, TEXTS).is_whole


def test_a_name_holds_no_secret(book: SessionBook, file: Path) -> None:
    book.rename("abb", "senha=hunter2")

    assert "hunter2" not in book.find("abb").title
    assert b"hunter2" not in b"".join(place.read_bytes() for place in file.parent.iterdir())


def test_sessions_of_an_earlier_ledger_can_be_gone_on_with(file: Path) -> None:
    file.parent.mkdir(parents=True)
    shutil.copy(Path(__file__).parent / "version_1.db", file)
    book = SessionBook(file, TEXTS)

    assert [(entry.id, entry.title, entry.turns) for entry in book.sessions()] == [
        ("own", "!sleep 60", 1),
        ("s", "conte até 10", 2),
    ]
    assert [(turn.order, turn.status) for turn in book.past("s")][1] == ("mostre o arquivo falta", "failed")
