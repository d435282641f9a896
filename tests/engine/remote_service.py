"""A small real HTTP service that answers what a test tells it to."""

import json
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODELS = json.dumps({"data": [{"id": "small"}]}).encode()


@dataclass
class Reply:
    """One answer.

    Attributes:
        hold: Waited for before the body's end.
        is_cut: Whether the connection ends before the announced length does.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    hold: threading.Event | None = None
    is_cut: bool = False


@dataclass
class Service:
    """What was asked, and what is answered next."""

    url: str
    replies: list[Reply] = field(default_factory=list[Reply])
    models: Reply = field(default_factory=lambda: Reply(body=MODELS))
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    paths: list[str] = field(default_factory=list[str])
    keys: list[str] = field(default_factory=list[str])
    gone: threading.Event = field(default_factory=threading.Event)
    """Set when a client has gone before its answer was whole."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.split(":")[2].split("/")[0])


def streamed(*pieces: str, finish: str = "stop", **usage: Any) -> bytes:
    """Return an answer as a stream of events."""
    chunks: list[dict[str, Any]] = [{"choices": [{"delta": {"content": piece}}]} for piece in pieces]
    if finish:
        chunks.append({"choices": [{"delta": {}, "finish_reason": finish}]})
    if usage:
        chunks.append({"choices": [], "usage": usage})
    lines = [f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n" for chunk in chunks]
    return "".join([": hello\n\n", *lines, "data: [DONE]\n\n" if finish else ""]).encode()


def whole(*pieces: str, **usage: Any) -> Reply:
    """Return a good reply."""
    return Reply(body=streamed(*pieces, **usage), headers={"content-type": "text/event-stream"})


def failing(status: int, message: str = "", **headers: str) -> Reply:
    """Return a reply that refuses."""
    return Reply(status, json.dumps({"error": {"message": message}}).encode(), headers)


@contextmanager
def service(replies: Sequence[Reply] = ()) -> Generator[Service]:
    """Run a service."""
    found: Service

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            found.paths.append(self.path)
            self._reply(found.models)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.paths.append(self.path)
            found.asked.append(json.loads(body))
            self._reply(found.replies.pop(0))

        def _reply(self, reply: Reply) -> None:
            found.keys.append(self.headers.get("authorization", ""))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name.replace("_", "-"), value)
            if reply.is_cut:
                self.send_header("content-length", str(len(reply.body) + 100))
            self.end_headers()
            self.wfile.write(reply.body)
            self.wfile.flush()
            if reply.hold is not None:
                self.connection.settimeout(10)
                # The client's end of the connection closes, or the test says that it is enough.
                if not self.connection.recv(1):
                    found.gone.set()
                reply.hold.wait(0)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = Service(f"http://127.0.0.1:{server.server_address[1]}/v1", list(replies))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
