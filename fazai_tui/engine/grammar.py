"""Grammars that keep a model's output in shape."""

import json
from collections.abc import Mapping


def grammar_from_schema(schema: Mapping[str, object]) -> str:
    """Return a GBNF grammar of the JSON texts that a JSON Schema allows.

    The first call imports llama.cpp's Python package, which takes a few tenths of a second.

    Raises:
        ValueError: The schema uses something that has no grammar, a reference to another document for example.
    """
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    try:
        return str(json_schema_to_gbnf(json.dumps(schema)))
    except (AssertionError, AttributeError, KeyError, NotImplementedError, RecursionError, TypeError) as error:
        # What the converter raises over a schema it does not know is not chosen with care.
        raise ValueError(f"{type(error).__name__}: {error}") from error
