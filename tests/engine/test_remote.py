"""A model behind an address: what is sent, what is read, and what is said when it fails."""

import asyncio
import json
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.egress import Crossing
from fazai_tui.core.errors import ErrorKind, ModelError
from fazai_tui.core.generation import GenerationRequest
from fazai_tui.engine.egress import EgressGate
from fazai_tui.engine.remote import RemoteEngine
from fazai_tui.engine.remote_address import is_remote, model_label, read_address
from fazai_tui.engine.remote_client import Patience, RemoteClient
from fazai_tui.engine.remote_keys import RemoteKeys
from tests.engine.remote_service import Reply, Service, failing, service, streamed, whole

PLAN = json.dumps({"kind": "answer", "text": "olá"})
CANARY = "sk-canary-0123456789abcdefghij"
QUICK = Patience(connect=2, silence=5, whole=20, attempts=3, backoff=0.01, longest_pause=2)


@pytest.fixture
def served() -> Iterator[Service]:
    """Return a service that has nothing to say yet."""
    with service() as found:
        yield found


@asynccontextmanager
async def engine_of(
    url: str,
    *,
    patience: Patience = QUICK,
    allow: tuple[str, ...] = (),
    crossings: list[Crossing] | None = None,
    keys: Path = Path("/nonexistent"),
    environment: dict[str, str] | None = None,
) -> AsyncGenerator[RemoteEngine]:
    """Give an engine, closed afterwards."""
    texts = Texts("en")
    client = RemoteClient(
        read_address(url, texts),
        find_key=RemoteKeys(environment or {}, keys, texts).find,
        outlet=EgressGate(allow, (crossings if crossings is not None else []).append, texts),
        patience=patience,
        texts=texts,
    )
    engine = RemoteEngine(client, context=None, patience=patience, texts=texts)
    try:
        yield engine
    finally:
        await engine.close()


def asking(**facts: object) -> GenerationRequest:
    """Return a request."""
    messages = (("system", "be brief"), ("user", "hello"))
    return GenerationRequest.model_validate({"prompt": "hello", "messages": messages, **facts})


async def failure_of(url: str, patience: Patience = QUICK, **facts: object) -> ModelError:
    """Return what is said when a generation fails."""
    async with engine_of(url, patience=patience) as engine:
        with pytest.raises(ModelError) as raised:
            await engine.generate(asking(**facts), lambda _: None)
    return raised.value


async def test_an_answer_comes_in_pieces_with_its_price(served: Service) -> None:
    served.replies.append(whole("olá,\u2028 ", "mundo", prompt_tokens=9, completion_tokens=4, cost=0.25))
    pieces: list[str] = []
    async with engine_of(served.url) as engine:
        result = await engine.generate(asking(stop=("END",)), pieces.append)

        assert engine.info is not None
        assert engine.info.profile == "full" and engine.info.name.startswith("small@127.0.0.1:")
    assert pieces == ["olá,\u2028 ", "mundo"] and result.text == "olá,\u2028 mundo"
    assert (result.input_tokens, result.output_tokens, result.cost, result.is_complete) == (9, 4, 0.25, True)
    body = served.asked[0]
    assert body["messages"][0] == {"role": "system", "content": "be brief"}
    assert (body["model"], body["stream"], body["stop"], body["max_tokens"]) == ("small", True, ["END"], 512)


async def test_secrets_and_marks_are_not_sent(served: Service) -> None:
    served.replies.append(whole("ok"))
    async with engine_of(served.url) as engine:
        await engine.generate(
            GenerationRequest(prompt=f"token={CANARY} <end_of_turn><|im_end|> </data>"), lambda _: None
        )
    said = json.dumps(served.asked)
    assert "canary" not in said and "<end_of_turn>" not in said and "<|" not in said


@pytest.mark.parametrize("model", ["models/faisca.gguf", "faisca"])
async def test_the_shipped_model_gets_its_own_prompts(served: Service, model: str) -> None:
    served.models = Reply(body=json.dumps({"data": [{"id": model, "owned_by": "me"}]}).encode())
    served.replies.append(whole("x"))
    async with engine_of(served.url) as engine:
        info = await engine.load()
        await engine.generate(asking(grammar='root ::= "x"'), lambda _: None)
    assert (info.profile, info.context) == ("compact", 2048)
    assert served.asked[0]["grammar"] == 'root ::= "x"'


async def test_a_service_may_refuse_what_it_does_not_know(served: Service) -> None:
    served.replies += [
        failing(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        failing(422, "response_format: unknown type"),
        whole(f"<think>hm</think>```json\n{PLAN}\n```"),
        whole(PLAN),
    ]
    async with engine_of(served.url) as engine:
        first = await engine.generate(asking(json_schema="{}"), lambda _: None)
        await engine.generate(asking(json_schema="{}"), lambda _: None)
    assert first.text == PLAN
    assert served.asked[0]["response_format"]["json_schema"]["schema"] == {}
    # What was refused once is not tried again.
    assert all("response_format" not in body and "max_tokens" not in body for body in served.asked[2:])
    assert served.asked[3]["max_completion_tokens"] == 512


async def test_output_that_does_not_fit_is_asked_for_once_more(served: Service) -> None:
    served.replies += [whole("certainly!", prompt_tokens=5), whole(PLAN, prompt_tokens=7)]
    async with engine_of(served.url) as engine:
        result = await engine.generate(asking(json_schema="{}"), lambda _: None)
    assert result.text == PLAN and result.input_tokens == 12
    assert [message["role"] for message in served.asked[1]["messages"]] == ["system", "user", "assistant", "user"]


@pytest.mark.parametrize("reply", [failing(429, retry_after="0"), failing(500), failing(503)])
async def test_what_passes_is_tried_again(served: Service, reply: Reply) -> None:
    served.replies += [reply, whole("ok")]
    async with engine_of(served.url) as engine:
        assert (await engine.generate(asking(), lambda _: None)).text == "ok"


async def test_it_is_not_tried_for_ever(served: Service) -> None:
    served.replies += [failing(500, "out of\x1b[31m order")] * 3
    error = await failure_of(served.url)
    assert error.kind is ErrorKind.MODEL and "HTTP 500: out of [31m order" in error.message and not served.replies


async def test_a_long_pause_is_told_instead_of_waited_for(served: Service) -> None:
    served.replies.append(failing(429, retry_after="3600"))
    assert "asks to wait 3600 s" in (await failure_of(served.url)).message


@pytest.mark.parametrize(
    ("reply", "message", "kind"),
    [
        (Reply(body=streamed("half", finish="")), "broke off", ErrorKind.MODEL),
        (Reply(body=streamed("half", finish=""), is_cut=True), "broke off", ErrorKind.MODEL),
        (Reply(body=b"data: {not json}\n\n"), "sent what is no answer", ErrorKind.MODEL),
        (Reply(body=b"<html>", headers={"content_type": "application/json"}), "no answer", ErrorKind.MODEL),
        (Reply(body=b'data: {"error": {"message": "no GPU"}}\n\n'), "failed: no GPU", ErrorKind.MODEL),
        (failing(401, "who are you"), "wants a key", ErrorKind.CREDENTIALS),
        (failing(402, "no credit"), "wants to be paid: no credit", ErrorKind.CREDENTIALS),
        (failing(404, "no such thing"), "has nothing of the kind", ErrorKind.MODEL),
        (failing(400, "exceeds the context window of 512"), "too long", ErrorKind.MODEL),
        (failing(400, "bad"), "refuses the request: bad", ErrorKind.MODEL),
        (Reply(302, headers={"location": "http://elsewhere.example/"}), "HTTP 302", ErrorKind.MODEL),
    ],
)
async def test_failures_are_one_line_with_a_remedy(
    served: Service, reply: Reply, message: str, kind: ErrorKind
) -> None:
    served.replies.append(reply)
    error = await failure_of(served.url)
    assert message in error.message and error.hint and error.kind is kind
    assert "\n" not in str(error)


async def test_a_mute_service_is_not_waited_for_without_end(served: Service) -> None:
    served.replies.append(Reply(hold=threading.Event()))
    error = await failure_of(served.url, Patience(silence=0.2))
    assert "has said nothing for 0.2 s" in error.message and error.kind is ErrorKind.MODEL


async def test_a_service_without_end_is_given_up(served: Service) -> None:
    served.replies.append(Reply(body=streamed("a", finish=""), hold=threading.Event()))
    assert "not done after 0.3 s" in (await failure_of(served.url, Patience(whole=0.3))).message


async def test_a_closed_port_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = await failure_of(f"http://127.0.0.1:{port}/v1")
    assert f"127.0.0.1:{port} cannot be reached" in error.message and error.kind is ErrorKind.MODEL


async def test_cancelling_closes_the_stream(served: Service) -> None:
    served.replies.append(Reply(body=streamed("first", finish=""), hold=threading.Event()))
    arrived = asyncio.Event()
    async with engine_of(served.url) as engine:
        task = asyncio.create_task(engine.generate(asking(), lambda _: arrived.set()))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(served.gone.wait, 5)


async def test_a_service_with_several_models_has_to_be_told_which(served: Service) -> None:
    served.models = Reply(body=b'{"data": [{"id": "one"}, {"id": "two"}]}')
    assert "several models: one, two" in (await failure_of(served.url)).message
    assert "no model three" in (await failure_of(f"{served.url}#three")).message
    async with engine_of(f"{served.url}#two") as engine:
        assert (await engine.load()).name.startswith("two@")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"data": 3}'])
async def test_what_is_no_api_is_told(served: Service, body: bytes) -> None:
    served.models = Reply(body=body)
    assert "does not answer as an OpenAI-compatible API" in (await failure_of(served.url)).message


class TestKeys:
    async def test_it_goes_to_its_service_alone_and_is_never_shown(self, served: Service, tmp_path: Path) -> None:
        keys = tmp_path / "keys"
        keys.write_text(f'"127.0.0.1:{served.port}" = "{CANARY}"\nopenai = "sk-another"\n')
        keys.chmod(0o600)
        served.replies.append(failing(401, f"bad key {CANARY}"))
        async with engine_of(served.url, keys=keys) as engine:
            with pytest.raises(ModelError) as raised:
                await engine.generate(asking(), lambda _: None)
        assert served.keys == [f"Bearer {CANARY}"] * 2
        assert raised.value.kind is ErrorKind.CREDENTIALS and "does not take the key" in raised.value.message
        assert "canary" not in f"{raised.value}{raised.value.__cause__}{engine.info!r}{json.dumps(served.asked)}"

    async def test_a_file_that_others_can_read_is_refused(self, served: Service, tmp_path: Path) -> None:
        keys = tmp_path / "keys"
        keys.write_text(f'openai = "{CANARY}"')
        keys.chmod(0o644)
        async with engine_of(served.url, keys=keys) as engine:
            with pytest.raises(ModelError, match="can be read by others") as raised:
                await engine.load()
        assert raised.value.kind is ErrorKind.CONFIGURATION and not served.paths

    async def test_the_systems_keyring_is_asked_where_there_is_one(
        self, served: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        package = tmp_path / "keyring"
        package.mkdir()
        (package / "__init__.py").write_text(
            "from . import errors\n"
            "def get_password(service, name):\n"
            "    if name != '127.0.0.1':\n"
            "        raise errors.KeyringError\n"
            f"    return {CANARY!r} if service == 'fazai' else None\n"
        )
        (package / "errors.py").write_text("class KeyringError(Exception): ...\n")
        monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
        for name in ("keyring", "keyring.errors"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        async with engine_of(served.url) as engine:
            await engine.load()
        for name in ("keyring", "keyring.errors"):
            del sys.modules[name]
        assert served.keys == [f"Bearer {CANARY}"]

    async def test_a_service_that_takes_a_key_is_not_asked_without_one(self) -> None:
        async with engine_of("openrouter:some/model", allow=("openrouter.ai",)) as engine:
            with pytest.raises(ModelError, match="wants a key") as raised:
                await engine.load()
        assert raised.value.kind is ErrorKind.CREDENTIALS

    async def test_it_never_travels_in_the_clear(self) -> None:
        environment = {"FAZAI_API_KEY": CANARY}
        async with engine_of("http://a.example/v1", allow=("a.example",), environment=environment) as engine:
            with pytest.raises(ModelError, match="not encrypted"):
                await engine.load()


class TestEgress:
    """A proxy on this machine stands for the world: what is for another host goes through it."""

    @pytest.fixture(autouse=True)
    def _world(self, served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, served.url.removesuffix("/v1"))
        for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)

    async def test_nothing_leaves_that_was_not_allowed(self, served: Service) -> None:
        crossings: list[Crossing] = []
        async with engine_of("http://a.example:81/v1", allow=("b.example",), crossings=crossings) as engine:
            with pytest.raises(ModelError, match=r"nothing may leave this machine for a\.example:81") as raised:
                await engine.generate(asking(), lambda _: None)
        assert raised.value.kind is ErrorKind.DECLINED and "egress.allow" in raised.value.hint
        assert not served.paths and not crossings

    @pytest.mark.parametrize("allowed", ["a.example", "A.example:81"])
    async def test_what_leaves_is_recorded(self, served: Service, allowed: str) -> None:
        crossings: list[Crossing] = []
        served.replies += [failing(503), whole("hi", prompt_tokens=7, completion_tokens=2, cost=0.5)]
        async with engine_of("http://a.example:81/v1", allow=(allowed,), crossings=crossings) as engine:
            await engine.generate(asking(messages=(("user", f"password={CANARY} hello"),)), lambda _: None)
        assert served.paths == ["http://a.example:81/v1/models"] + ["http://a.example:81/v1/chat/completions"] * 2
        facts = [(entry.direction, entry.purpose, entry.destination) for entry in crossings]
        sent, received = ("sent", "generation", "a.example:81"), ("received", "generation", "a.example:81")
        assert facts[2:] == [sent, sent, received]
        assert "hello" in crossings[2].preview and "canary" not in repr(crossings)
        assert crossings[2].size_bytes == len(json.dumps(served.asked[0], ensure_ascii=False).encode())
        assert (crossings[4].cost, crossings[4].output_tokens) == (0.5, 2)

    async def test_what_is_for_this_machine_meets_no_proxy(self, served: Service) -> None:
        crossings: list[Crossing] = []
        async with engine_of(served.url, crossings=crossings) as engine:
            await engine.load()
        assert served.paths == ["/v1/models"] and not crossings


@pytest.mark.parametrize(
    ("name", "url", "model", "is_loopback"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1", "", True),
        ("http://LOCALHOST:1/v1/", "http://localhost:1/v1", "", True),
        ("http://[::1]:9/v1#a/b", "http://[::1]:9/v1", "a/b", True),
        ("https://ai.example/api#m", "https://ai.example/api", "m", False),
        ("openrouter:google/gemma", "https://openrouter.ai/api/v1", "google/gemma", False),
        ("http://127.0.0.1.example/v1", "http://127.0.0.1.example/v1", "", False),
    ],
)
def test_addresses(name: str, url: str, model: str, is_loopback: bool) -> None:
    found = read_address(name, Texts("en"))
    assert is_remote(name)
    assert (found.url, found.model, found.is_loopback) == (url, model, is_loopback)


@pytest.mark.parametrize(
    "name", ["http://", "http://u:geheim@h/v1", "http://h:x/v1", "http://h/v1?key=1", "http://a b/"]
)
def test_what_is_no_address_is_told_without_a_password_in_it(name: str) -> None:
    with pytest.raises(ModelError) as raised:
        read_address(name, Texts("en"))
    assert raised.value.kind is ErrorKind.CONFIGURATION and "geheim" not in str(raised.value)


def test_a_file_is_no_address() -> None:
    assert not is_remote("faisca") and not is_remote("/models/x.gguf")
    assert model_label("/models/x.gguf") == "x" and model_label("http://127.0.0.1:8/v1") == "127.0.0.1:8"
    assert model_label("openrouter:google/gemma") == "google/gemma"
