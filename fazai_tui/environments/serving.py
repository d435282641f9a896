"""A model's server in an environment, and the address at which this machine reaches it."""

import http.client
import json
import re
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import PurePath

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError, FazaiError
from fazai_tui.environments.environments import Environments
from fazai_tui.environments.program import program
from fazai_tui.environments.records import Facts

MODEL_INSIDE = "/run/fazai/model.gguf"
"""Where a model's file without a usable name is seen in the environment, whatever else is hidden there."""

_PLAIN_NAME = re.compile(r"\w[\w.-]*\Z", re.ASCII)

_PORT_INSIDE = 8080
_LOG = "/tmp/fazai-server.log"
_IN_BACKGROUND = f'"$@" >{_LOG} 2>&1 </dev/null & echo $!'
_TOLD_IF_ALIVE = 'kill -0 "$1" && echo alive'
_PAUSE_S = 0.2
_ANSWER_S = 5.0


def place_of(file: str) -> str:
    """Return where a model's file is seen in the environment: under its own name, which the server gives the model."""
    name = PurePath(file).name
    return f"/run/fazai/{name}" if _PLAIN_NAME.match(name) else MODEL_INSIDE


class ModelServer:
    """Starts a server in an environment and waits until it answers.

    Args:
        environments: Where the environment is.
        texts: For errors.
        patience_s: Seconds that the server may take to answer.
    """

    def __init__(self, environments: Environments, texts: Texts, patience_s: float = 180.0) -> None:
        self._environments = environments
        self._texts = texts
        self._patience_s = patience_s

    def start(self, facts: Facts, server: Sequence[str], port: int, model: str = MODEL_INSIDE) -> str:
        """Start the server and return the address of its API.

        Args:
            facts: The environment.
            server: The program, which takes `--model`, `--host` and `--port` as llama.cpp's servers do.
            port: Where this machine reaches it; 0 for any port that is free.
            model: The model's file, as it is seen there.

        Raises:
            ConfigurationError: It ended, or does not answer; its last words are in the message.
        """
        # Where the network is shared, a port in the environment is one of this machine.
        reached = _free_port(port) if facts.has_network else self._forward(facts, port)
        inside = reached if facts.has_network else _PORT_INSIDE
        command = (*server, "--model", model, "--host", "127.0.0.1", "--port", str(inside))
        process = self._inside(facts, "sh", "-c", _IN_BACKGROUND, "sh", *command)
        end = time.monotonic() + self._patience_s
        while time.monotonic() < end:
            if _answers(reached):
                return f"http://127.0.0.1:{reached}/v1"
            if not self._inside(facts, "sh", "-c", _TOLD_IF_ALIVE, "sh", process):
                break
            time.sleep(_PAUSE_S)
        self._inside(facts, "sh", "-c", 'kill -9 "$1"', "sh", process)
        raise self._error("silent", reason=self._inside(facts, "tail", "-n", "1", _LOG) or "–")

    def _inside(self, facts: Facts, *argv: str) -> str:
        """Run a small program in the environment; return what it prints."""
        entrance = self._environments.entrance(facts, argv)
        done = subprocess.run(
            entrance.argv,
            env=dict(entrance.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return done.stdout.decode(errors="replace").strip()

    def _forward(self, facts: Facts, port: int) -> int:
        plan = {
            "first": facts.first,
            "user": facts.has_own_user,
            "outside": port,
            "inside": _PORT_INSIDE,
        }
        forward = subprocess.Popen(
            program("forward", json.dumps(plan)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env={},
        )
        assert forward.stdout is not None
        with forward.stdout as told:
            line = told.readline()
        # It goes on in a process of its own; this one has ended by now.
        forward.wait()
        said = json.loads(line) if line else {"refusal": "?"}
        if "refusal" in said:
            raise self._error("port", port=port, reason=said["refusal"])
        return int(said["port"])

    def _error(self, problem: str, **facts: object) -> FazaiError:
        say = self._texts.get
        keys = (f"environment.server.{problem}.{part}" for part in ("message", "hint"))
        return ConfigurationError(say("environment.server.title"), *(say(key, **facts) for key in keys))


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    """Whether a server speaks HTTP there, whatever it says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/v1/models")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
