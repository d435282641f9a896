"""`fazai schema`: the JSON Schema of what FazAI emits and accepts."""

import json
from enum import StrEnum
from typing import Annotated

import typer
from pydantic import TypeAdapter

from fazai_tui.config.settings import Settings
from fazai_tui.core.plan import Plan
from fazai_tui.core.wire import WIRE_ADAPTER


class Subject(StrEnum):
    """What there is a schema of."""

    EVENTS = "events"
    CONFIG = "config"
    PLAN = "plan"


def schema(subject: Annotated[Subject, typer.Argument()]) -> None:
    """Print a JSON Schema."""
    match subject:
        case Subject.EVENTS:
            document = WIRE_ADAPTER.json_schema(mode="serialization")
        case Subject.CONFIG:
            document = Settings.model_json_schema()
        case Subject.PLAN:
            document = TypeAdapter(Plan).json_schema()
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}
    print(json.dumps(document, ensure_ascii=False, indent=2))
