"""A server in an environment without network, reached from this machine by its address."""

import http.client
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.environments.records import Facts
from fazai_tui.environments.serving import MODEL_INSIDE, ModelServer
from tests.environments.conftest import Place, waited

# Takes what llama.cpp's servers take, and says which model it was given.
SERVER = """#!{python}
import argparse, http.server, socketserver
parser = argparse.ArgumentParser()
for name in ("model", "host", "port"):
    parser.add_argument("--" + name)
given = parser.parse_args()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = open(given.model, "rb").read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
socketserver.TCPServer((given.host, int(given.port)), Handler).serve_forever()
"""


@pytest.fixture
def serving(place: Place, tmp_path: Path) -> tuple[Facts, Path]:
    """Return an environment that shows a model, and a server's program."""
    (tmp_path / "model").write_text("weights")
    program = tmp_path / "server"
    program.write_text(SERVER.format(python=sys.executable))
    program.chmod(0o755)
    return place.make(shown={MODEL_INSIDE: str(tmp_path / "model")}), program


def answer(url: str) -> bytes:
    """Return what a server says."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request("GET", "/v1/models")
        return connection.getresponse().read()
    finally:
        connection.close()


def refuses(url: str) -> bool:
    """Whether nobody listens there any more."""
    try:
        answer(url)
    except OSError:
        return True
    return False


def test_it_is_reached_until_the_environment_ends(place: Place, serving: tuple[Facts, Path]) -> None:
    facts, program = serving
    url = ModelServer(place.environments, Texts("en")).start(facts, [str(program)], 0)

    assert url.startswith("http://127.0.0.1:") and url.endswith("/v1")
    assert answer(url) == b"weights"
    assert place.environments.with_url(facts, url).url == place.environments.find(facts.name).url == url
    assert "refused" in place.run(facts, "bash", "-c", f"echo > /dev/tcp/127.0.0.1/{urlsplit(url).port}").stderr

    place.end_owner()

    assert waited(lambda: refuses(url))


def test_the_model_is_shown_and_cannot_be_changed(place: Place, serving: tuple[Facts, Path], tmp_path: Path) -> None:
    facts, _ = serving
    assert place.run(facts, "cat", MODEL_INSIDE).stdout == "weights"
    assert place.run(facts, "bash", "-c", f"echo x > {MODEL_INSIDE}").returncode != 0
    assert (tmp_path / "model").read_text() == "weights"


def test_a_server_that_ends_is_quoted(place: Place, serving: tuple[Facts, Path]) -> None:
    facts, program = serving
    program.write_text("#!/bin/sh\necho no such luck >&2\nexit 1\n")
    with pytest.raises(ConfigurationError, match="it said last: no such luck"):
        ModelServer(place.environments, Texts("en")).start(facts, [str(program)], 0)


def test_a_server_that_says_nothing_is_not_waited_for_without_end(place: Place, serving: tuple[Facts, Path]) -> None:
    facts, program = serving
    program.write_text("#!/bin/sh\nexec sleep 1000\n")
    with pytest.raises(ConfigurationError, match="it does not answer"):
        ModelServer(place.environments, Texts("en"), patience_s=0.3).start(facts, [str(program)], 0)
