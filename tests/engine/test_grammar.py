"""Grammars: whatever the weights, the output has the shape that was asked for."""

import json
from collections.abc import Mapping

import jsonschema
import pytest

from fazai_tui.core.errors import ModelError
from fazai_tui.core.generation import GenerationRequest
from fazai_tui.core.host import HostFacts
from fazai_tui.engine.grammar import grammar_from_schema
from fazai_tui.engine.grammar_compact import grammar_of, outputs_of
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.text_stream import Utf8Tail

_WORD = {"type": "string", "minLength": 1, "maxLength": 12}
_PLAN: dict[str, object] = {
    "type": "object",
    "properties": {"plan": {"type": "array", "items": _WORD, "minItems": 1, "maxItems": 3}},
    "required": ["plan"],
    "additionalProperties": False,
}
_SCHEMAS: dict[str, dict[str, object]] = {
    "plan": _PLAN,
    "object": {
        "type": "object",
        "properties": {
            "text": _WORD,
            "count": {"type": "integer"},
            "ok": {"type": "boolean"},
        },
        "required": ["text", "count", "ok"],
        "additionalProperties": False,
    },
    "choice": {"oneOf": [_PLAN, {"type": "object", "properties": {"ask": _WORD}, "required": ["ask"]}]},
    "enum": {"enum": ["sim", "não", "talvez 🚀"]},
    "reference": {
        "$defs": {
            "step": {"type": "object", "properties": {"run": _WORD}, "required": ["run"], "additionalProperties": False}
        },
        "type": "array",
        "items": {"$ref": "#/$defs/step"},
        "minItems": 2,
        "maxItems": 2,
    },
    "pattern": {"type": "string", "pattern": "^[a-z]{3}-[0-9]{2}$"},
}


def ignore(_text: str) -> None:
    """Take text and do nothing with it."""


@pytest.mark.parametrize("temperature", [0.0, 30.0])
@pytest.mark.parametrize("prompt", ["<bos>plan", "<bos>{{{{", "<bos>ação 🚀"])
@pytest.mark.parametrize("name", _SCHEMAS)
async def test_random_weights_write_json_that_fits_the_schema(
    engine: LlamaEngine, name: str, prompt: str, temperature: float
) -> None:
    schema: Mapping[str, object] = _SCHEMAS[name]
    request = GenerationRequest(
        prompt=prompt, grammar=grammar_from_schema(schema), max_tokens=450, temperature=temperature
    )
    result = await engine.generate(request, ignore)
    assert result.is_complete
    jsonschema.validate(json.loads(result.text), schema)


@pytest.mark.parametrize("second", range(0x80, 0xC0))
@pytest.mark.parametrize("first", [0xC3, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF4])
def test_the_beginning_of_no_character_does_not_fit(first: int, second: int) -> None:
    tail = Utf8Tail()
    tail.accept(bytes([first]))
    ends = (b"", b"\x80", b"\x80\x80")

    def is_text(data: bytes) -> bool:
        return data.decode("utf-8", "replace").count("\ufffd") == 0

    assert tail.fits(bytes([second])) is any(is_text(bytes([first, second]) + end) for end in ends)


async def test_marks_are_never_part_of_the_output(engine: LlamaEngine) -> None:
    request = GenerationRequest(prompt="<bos>x", grammar="root ::= .{40}", max_tokens=200, temperature=100)
    result = await engine.generate(request, ignore)
    assert result.is_complete
    # A mark would have counted as fifteen characters or so, and shown as none.
    assert len(result.text) == 40


async def test_the_compact_profiles_grammar_is_one(engine: LlamaEngine) -> None:
    grammar = grammar_of(outputs_of([], HostFacts(), "x", "en"))
    result = await engine.generate(GenerationRequest(prompt="<bos>x", grammar=grammar, max_tokens=30), ignore)
    assert result.text.startswith('{"ask":"')


@pytest.mark.parametrize(
    "grammar",
    ["root ::= (", "no root here", "root ::= missing", "root ::= root", "other ::= [a-z]", "root ::= [a-z]{9999999}"],
)
async def test_a_broken_grammar_is_an_error_and_the_engine_lives_on(engine: LlamaEngine, grammar: str) -> None:
    with pytest.raises(ModelError, match="grammar") as caught:
        await engine.generate(GenerationRequest(prompt="<bos>x", grammar=grammar), ignore)
    assert "\n" not in str(caught.value)
    assert (await engine.generate(GenerationRequest(prompt="<bos>x", max_tokens=2), ignore)).output_tokens


async def test_many_grammars_in_turn_all_hold(engine: LlamaEngine) -> None:
    for number in [*range(20), 0, 19]:
        request = GenerationRequest(prompt="<bos>x", grammar=f'root ::= "number {number}"', max_tokens=20)
        assert (await engine.generate(request, ignore)).text == f"number {number}"


@pytest.mark.parametrize(
    "schema", [{"$ref": "https://example.org/x.json"}, {"type": "nonsense"}, {"$ref": "#/nowhere"}]
)
def test_a_schema_without_a_grammar_is_a_value_error(schema: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        grammar_from_schema(schema)
