"""`fazai` with a model behind an address, down to a real server of llama.cpp."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.ledger.verification import verify
from tests.cli.conftest import Fazai, RunHere
from tests.engine.remote_service import Service, service, whole

CANARY = "sk-canary-0123456789abcdefghij"
PLAN = json.dumps(
    {
        "kind": "plan",
        "goal": "say hello",
        "steps": [
            {"title": "hello", "command": "echo hel''lo", "explain": "", "risk": "low", "rollback": "", "check": ""}
        ],
    }
)


@pytest.fixture
def served() -> Iterator[Service]:
    """Return a service."""
    with service() as found:
        yield found


@pytest.fixture(scope="module")
def llama_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of llama.cpp's own server with the shipped model."""
    if find_spec("uvicorn") is None:
        pytest.skip("llama-cpp-python[server] is not installed")
    model = str(files("fazai_tui.config").joinpath("models", "faisca.gguf"))
    log = tmp_path_factory.mktemp("server") / "log"
    with service() as found:
        port = found.port
    command = [sys.executable, "-m", "llama_cpp.server", "--model", model, "--port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        while not _answers(port):
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool:
    connection = HTTPConnection("localhost", port, timeout=5)
    try:
        connection.request("GET", "/v1/models")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def test_the_shipped_model_on_a_server_carries_out_an_order(run_here: RunHere, llama_server: str) -> None:
    done = run_here("exec", "-m", llama_server, "mostre o uso de disco")
    assert done.returncode == 0, done.stderr
    assert "$ df -h" in done.stderr
    shown = json.loads(run_here("model", "info", llama_server, "--json").stdout)
    assert shown["profile"] == "compact" and shown["name"].startswith("faisca@") and not shown["leaves"]


def test_a_plan_of_another_model_runs(run_here: RunHere, served: Service) -> None:
    served.replies.append(whole(PLAN))
    assert run_here("model", "use", served.url).returncode == 0
    assert f"* 127.0.0.1:{served.port}" in run_here("model", "list").stdout
    assert run_here("model", "bench").returncode == 2
    done = run_here("exec", "say hello")
    assert done.returncode == 0 and "hello" in done.stdout
    # This machine's own address is no way out.
    assert run_here("history", "egress", "--json").stdout.strip() == "[]"


def test_what_leaves_is_allowed_first_and_listed_then(
    fazai: Fazai, run_here: RunHere, served: Service, data: Path
) -> None:
    address, proxy = "http://ai.example:8000/v1", {"http_proxy": served.url.removesuffix("/v1"), "no_proxy": ""}
    refused = run_here("exec", "-m", address, "say hello")
    assert refused.returncode == 3 and not served.paths
    assert "nothing may leave this machine for ai.example:8000" in refused.stderr

    assert run_here("config", "set", "egress.allow", '["ai.example"]').returncode == 0
    served.replies.append(whole(PLAN, prompt_tokens=700, completion_tokens=30, cost=0.0125))
    done = fazai("exec", "-m", address, f"say hello, --password {CANARY}", **proxy)
    assert done.returncode == 0, done.stderr

    listed = json.loads(run_here("history", "egress", "--json").stdout)
    assert [entry["direction"] for entry in listed] == ["received", "sent", "received", "sent"]
    assert {entry["destination"] for entry in listed} == {"ai.example:8000"}
    assert listed[0]["cost"] == 0.0125 and listed[1]["session_id"]
    assert "US$ 0.0125" in run_here("history", "egress").stdout
    assert verify(data / "ledger.db", Texts("en")).is_whole
    assert "canary" not in kept_in(data.parent) + json.dumps(served.asked)


def test_a_key_is_never_shown(run_here: RunHere, served: Service, data: Path) -> None:
    keys = data.parent / "config" / "keys"
    keys.parent.mkdir()
    keys.write_text(f'"127.0.0.1" = "{CANARY}"\n')
    keys.chmod(0o600)
    served.replies.append(whole(PLAN))
    done = run_here("exec", "--json", "-m", served.url, "say hello")
    assert done.returncode == 0 and served.keys[-1] == f"Bearer {CANARY}"
    shown = run_here("model", "info", served.url, "--json").stdout
    assert '"key": true' in shown
    assert "canary" not in done.stdout + done.stderr + shown + json.dumps(served.asked)
    keys.unlink()
    assert "canary" not in kept_in(data.parent)


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [
        ("http://127.0.0.1:1/v1", 54, "127.0.0.1:1 cannot be reached"),
        ("openrouter:google/gemma", 41, "openrouter.ai:443 wants a key"),
        ("http://u:secret@h/v1", 52, "is no address of a model"),
    ],
)
def test_exit_codes(run_here: RunHere, clean_environment: dict[str, str], address: str, code: int, said: str) -> None:
    clean_environment["FAZAI_EGRESS__ALLOW"] = "other.example, openrouter.ai"
    clean_environment.pop("OPENROUTER_API_KEY", None)
    done = run_here("exec", "-m", address, "say hello")
    assert done.returncode == code and said in done.stderr and ":secret" not in done.stderr


def kept_in(home: Path) -> str:
    """Return everything that the program keeps."""
    return b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file()).decode("latin-1")
