"""Fetching models over HTTP, from a real server on this machine that misbehaves on demand."""

import hashlib
import io
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fazai_tui.cli.program import Program
from fazai_tui.cli.progress import DownloadProgress
from fazai_tui.config.paths import Paths
from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import Localized
from fazai_tui.core.errors import ErrorKind, ModelError
from fazai_tui.engine.catalogue import CatalogueEntry
from fazai_tui.engine.download import Downloader


@dataclass
class Hub:
    """A hub that keeps one file."""

    content: bytes
    url: str = ""
    etag: str = ""
    cut_after: list[int] = field(default_factory=list[int])
    """For each coming answer: bytes until the connection breaks."""
    claimed_size: int = 0
    """What the hub says the file's size is, when that is not so."""
    status: int = 200
    knows_ranges: bool = True
    requests: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """Method, path and range of every request."""
    tokens: list[str] = field(default_factory=list[str])

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """Return the class that answers for this hub."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output clean."""

            def do_HEAD(self) -> None:
                self._answer()

            def do_GET(self) -> None:
                self._answer()

            def _answer(self) -> None:
                wanted = self.headers.get("Range", "")
                hub.requests.append((self.command, self.path, wanted))
                hub.tokens.append(self.headers.get("Authorization", ""))
                if self.path != "/storage":
                    # As the real one does: the checksum first, the file elsewhere.
                    self.send_response(302 if hub.status == 200 else hub.status)
                    self.send_header("Location", "/storage")
                    self.send_header("X-Linked-Etag", f'"{hub.etag}"')
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and hub.knows_ranges else 0
                body = hub.content[start:]
                self.send_response(206 if start else 200)
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(hub.content) - 1}/{len(hub.content)}")
                self.send_header("Content-Length", str(hub.claimed_size or len(body)))
                self.end_headers()
                if self.command == "GET":
                    cut = hub.cut_after.pop(0) if hub.cut_after else len(body)
                    self.wfile.write(body[:cut])

        return Handler


@pytest.fixture
def hub(tiny_model: Path) -> Iterator[Hub]:
    """Serve the tiny model."""
    content = tiny_model.read_bytes()
    hub = Hub(content, etag=hashlib.sha256(content).hexdigest())
    with ThreadingHTTPServer(("127.0.0.1", 0), hub.handler()) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield hub
        server.shutdown()
        thread.join()


@pytest.fixture
def downloader(hub: Hub, texts: Texts) -> Downloader:
    """Return a downloader that does not wait between attempts."""
    return Downloader(hub.url, texts, retry_seconds=0)


def entry(sha256: str = "") -> CatalogueEntry:
    """Return a catalogue entry for the hub's file."""
    summary = Localized(pt="x", en="x")
    return CatalogueEntry(
        repo="owner/repo",
        file="tiny.gguf",
        size_bytes=1,
        memory_bytes=1,
        context=1,
        licence="MIT",
        sha256=sha256,
        summary=summary,
    )


def ignore(_done: int, _total: int) -> None:
    """Take progress and do nothing with it."""


def test_a_model_is_fetched_checked_and_put_in_place(hub: Hub, downloader: Downloader, tmp_path: Path) -> None:
    target = tmp_path / "models" / "tiny.gguf"
    progress: list[tuple[int, int]] = []
    assert downloader.fetch(entry(), target, lambda done, total: progress.append((done, total))) == hub.etag
    assert target.read_bytes() == hub.content
    assert [file.name for file in target.parent.iterdir()] == ["tiny.gguf"]
    assert progress[0] == (0, len(hub.content))
    assert progress[-1] == (len(hub.content), len(hub.content))
    assert hub.requests[0][:2] == ("HEAD", "/owner/repo/resolve/main/tiny.gguf")


def test_a_connection_that_is_cut_is_continued(hub: Hub, downloader: Downloader, tmp_path: Path) -> None:
    hub.cut_after = [100_000, 50_000]
    target = tmp_path / "tiny.gguf"
    downloader.fetch(entry(), target, ignore)
    assert target.read_bytes() == hub.content
    ranges = [wanted for method, path, wanted in hub.requests if (method, path) == ("GET", "/storage")]
    assert ranges == ["", "bytes=100000-", "bytes=150000-"]


def test_a_later_call_continues_an_earlier_one(hub: Hub, downloader: Downloader, tmp_path: Path) -> None:
    hub.cut_after = [100_000, 0, 0, 0, 0, 0]
    target = tmp_path / "tiny.gguf"
    with pytest.raises(ModelError, match="cannot be reached") as caught:
        downloader.fetch(entry(), target, ignore)
    assert "goes on where it stopped" in caught.value.hint
    assert not target.exists()
    assert (tmp_path / "tiny.gguf.part").stat().st_size == 100_000
    downloader.fetch(entry(), target, ignore)
    assert target.read_bytes() == hub.content
    assert hub.requests[-1][2] == "bytes=100000-"


def test_a_server_without_ranges_starts_over(hub: Hub, downloader: Downloader, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf.part").write_bytes(b"x" * 1000)
    hub.knows_ranges = False
    downloader.fetch(entry(), tmp_path / "tiny.gguf", ignore)
    assert (tmp_path / "tiny.gguf").read_bytes() == hub.content


def test_a_partial_file_longer_than_the_whole_starts_over(hub: Hub, downloader: Downloader, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf.part").write_bytes(hub.content + b"more")
    downloader.fetch(entry(), tmp_path / "tiny.gguf", ignore)
    assert (tmp_path / "tiny.gguf").read_bytes() == hub.content


@pytest.mark.parametrize("where", ["hub", "catalogue"])
def test_a_wrong_checksum_throws_the_file_away(hub: Hub, downloader: Downloader, tmp_path: Path, where: str) -> None:
    wrong = "0" * 64
    hub.etag = wrong if where == "hub" else hub.etag
    with pytest.raises(ModelError, match=r"SHA-256 [0-9a-f]{12}…, expected 000000000000…"):
        downloader.fetch(entry(wrong if where == "catalogue" else ""), tmp_path / "tiny.gguf", ignore)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_model_is_thrown_away(hub: Hub, downloader: Downloader, tmp_path: Path) -> None:
    hub.content, hub.etag = b"<html>Please log in to this network</html>", ""
    with pytest.raises(ModelError, match="is no model"):
        downloader.fetch(entry(), tmp_path / "tiny.gguf", ignore)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (404, "the hub has no tiny.gguf in owner/repo", ErrorKind.ORDER_FAILED),
        (401, "HF_TOKEN", ErrorKind.CREDENTIALS),
        (403, "accept the licence at", ErrorKind.CREDENTIALS),
        (503, "answers with HTTP 503", ErrorKind.ORDER_FAILED),
    ],
)
def test_refusals_are_one_line_with_a_remedy(
    hub: Hub, downloader: Downloader, tmp_path: Path, status: int, message: str, kind: ErrorKind
) -> None:
    hub.status = status
    with pytest.raises(ModelError, match=message) as caught:
        downloader.fetch(entry(), tmp_path / "tiny.gguf", ignore)
    assert caught.value.kind is kind
    assert caught.value.hint
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_being_offline_is_one_line(texts: Texts, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port: int = closed.getsockname()[1]
    with pytest.raises(ModelError, match="cannot be reached"):
        Downloader(f"http://127.0.0.1:{port}", texts, retry_seconds=0).fetch(entry(), tmp_path / "tiny.gguf", ignore)


def test_the_token_is_shown_to_the_hub(hub: Hub, texts: Texts, tmp_path: Path) -> None:
    Downloader(hub.url, texts, token="secret").fetch(entry(), tmp_path / "tiny.gguf", ignore)
    assert hub.tokens[0] == "Bearer secret"


def test_a_full_disk_is_one_line(hub: Hub, downloader: Downloader, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf.part").symlink_to("/dev/full")
    with pytest.raises(ModelError, match=r"the disk of .* is full \([\d,]+ MB free\)") as caught:
        downloader.fetch(entry(), tmp_path / "tiny.gguf", ignore)
    assert "free some space" in caught.value.hint
    assert not (tmp_path / "tiny.gguf").exists()


def test_a_disk_without_the_space_is_told_before_anything_is_fetched(
    hub: Hub, downloader: Downloader, tmp_path: Path
) -> None:
    hub.claimed_size = 1 << 60
    with pytest.raises(ModelError, match="MB are needed in"):
        downloader.fetch(entry(), tmp_path / "tiny.gguf", ignore)
    assert not any(method == "GET" for method, _, _ in hub.requests)


def test_two_processes_do_not_write_one_file(hub: Hub, downloader: Downloader, texts: Texts, tmp_path: Path) -> None:
    target = tmp_path / "tiny.gguf"

    def meanwhile(done: int, _total: int) -> None:
        if not done:
            with pytest.raises(ModelError, match="another process"):
                Downloader(hub.url, texts).fetch(entry(), target, ignore)

    downloader.fetch(entry(), target, meanwhile)
    assert target.read_bytes() == hub.content


def test_a_directory_that_cannot_be_made_is_one_line(downloader: Downloader, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelError, match="cannot be written to"):
        downloader.fetch(entry(), tmp_path / "file" / "models" / "tiny.gguf", ignore)


def run(*arguments: str) -> int:
    """Run a command line in English."""
    return Program(Paths.from_environment(os.environ), os.environ).run([*arguments, "--lang", "en"])


def test_the_command_fetches_and_the_next_one_has_nothing_to_do(
    hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert run("model", "pull", "gemma-3-1b") == 0
    said = capsys.readouterr()
    assert f"SHA-256 {hub.etag}" in said.out
    assert "fazai model use gemma-3-1b" in said.out
    assert "100%" in said.err
    assert (home / "data" / "models" / "gemma-3-1b-it-Q4_K_M.gguf").read_bytes() == hub.content
    assert hub.requests[0][1] == "/ggml-org/gemma-3-1b-it-GGUF/resolve/main/gemma-3-1b-it-Q4_K_M.gguf"
    assert hub.tokens[0] == "Bearer secret"
    asked = len(hub.requests)
    assert run("model", "pull", "gemma-3-1b") == 0
    assert "here already" in capsys.readouterr().out
    assert len(hub.requests) == asked
    assert run("model", "use", "gemma-3-1b") == 0
    assert run("model", "list") == 0
    assert "* gemma-3-1b " in capsys.readouterr().out


def test_the_command_fetches_a_damaged_model_again(hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    file = home / "data" / "models" / "gemma-3-1b-it-Q4_K_M.gguf"
    file.parent.mkdir(parents=True)
    file.write_bytes(hub.content[:5000])
    assert run("model", "pull", "gemma-3-1b") == 0
    assert file.read_bytes() == hub.content


@pytest.mark.parametrize(("status", "code"), [(404, 1), (403, 41)])
def test_the_command_ends_with_one_line_over_a_refusal(
    hub: Hub,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    status: int,
    code: int,
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    hub.status = status
    assert run("model", "pull", "gemma-3-1b") == code
    said = capsys.readouterr()
    assert said.out == ""
    assert [line.split(":")[0] for line in said.err.splitlines()[1:]] == ["fazai"]


def test_progress_on_a_terminal_is_one_line(texts: Texts) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    progress = DownloadProgress(terminal, texts)
    for done in range(0, 1001):
        progress(done * 1000, 1_000_000)
    progress.close()
    shown = terminal.getvalue()
    assert shown.count("\n") == 1
    assert shown.rstrip().split("\r")[-1].startswith(f"\x1b[K{'█' * 24} 100%  1.0 of 1.0 MB")


def test_progress_elsewhere_is_a_line_every_tenth(texts: Texts) -> None:
    stream = io.StringIO()
    progress = DownloadProgress(stream, texts)
    for done in range(0, 1001):
        progress(done * 1000, 1_000_000)
    progress.close()
    assert [line.split("%")[0] for line in stream.getvalue().splitlines()] == [str(n * 10) for n in range(11)]
