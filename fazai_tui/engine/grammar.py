"""Grammars that keep a model's output in shape."""

import json
from collections.abc import Mapping

_CHARACTER = r'char ::= [^"\\]'
_CHARACTER_OF_JSON = r'char ::= [^"\\\x7F\x00-\x1F]'
"""The converter lets control characters into strings as they are, which JSON does not."""


def grammar_from_schema(schema: Mapping[str, object]) -> str:
    """Return a GBNF grammar of the JSON texts that a JSON Schema allows.

    The first call imports llama.cpp's Python package, which takes a few tenths of a second.

    Raises:
        ValueError: The schema uses something that has no grammar, a reference to another document for example.
    """
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    try:
        grammar = str(json_schema_to_gbnf(json.dumps(schema)))
    except (AssertionError, AttributeError, KeyError, NotImplementedError, RecursionError, TypeError) as error:
        # What the converter raises over a schema it does not know is not chosen with care.
        raise ValueError(f"{type(error).__name__}: {error}") from error
    return grammar.replace(_CHARACTER, _CHARACTER_OF_JSON)
