"""The prompt profile of the shipped model: retrieved examples, then the order.

Training builds its prompts with this very module, so that the model sees at run time what it was trained on.
"""

import json
import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from fazai_tui.core.cookbook import SLOT, Entry, Language, Retrieved
from fazai_tui.core.generation import Observation, PlanningContext
from fazai_tui.core.host import HostFacts

EXAMPLES = 3
"""How many retrieved entries a prompt shows at most."""

NEAR = 0.1
"""How much less similar than the best one an entry may be and still be shown: what is clear needs no alternatives."""

EXAMPLES_CHARS = 900
"""Room for examples; the least similar ones are left out first, two may always stay."""

OBSERVATION_CHARS = 240
"""How much of a failed command's output a prompt shows: its end, where errors stand."""

ORDER_MARK = "Order: "

_MARK = re.compile(r"<+((?:start|end)_of_turn)>+")
"""A turn marker with all brackets around it, so that taking some away leaves no other marker."""


def shown_examples(
    retrieved: Sequence[Retrieved], host: HostFacts, language: Language
) -> tuple[tuple[Retrieved, str], ...]:
    """Return the entries that fit into a prompt, each with its line `phrasing=>what the model would write`."""
    shown: list[tuple[Retrieved, str]] = []
    room = EXAMPLES_CHARS
    for item in retrieved[:EXAMPLES]:
        if item.score < retrieved[0].score - NEAR:
            break
        line = _example(item, host, language)
        room -= len(line)
        if room < 0 and len(shown) >= 2:
            break
        shown.append((item, line))
    return tuple(shown)


def order_text(context: PlanningContext) -> str:
    """Return the order and what earlier attempts came to."""
    lines = [ORDER_MARK + one_line(context.order)]
    for observation in context.observations[-1:]:
        lines += [f"Ran: {one_line(observation.command)}", f"Error: {_seen(observation)}"]
    return "\n".join(lines)


def plan_output(commands: Sequence[str]) -> str:
    """Return what the model writes to propose commands."""
    return json.dumps({"plan": list(commands)}, ensure_ascii=False, separators=(",", ":"))


def answer_output(text: str) -> str:
    """Return what the model writes to answer in words."""
    return json.dumps({"answer": text}, ensure_ascii=False, separators=(",", ":"))


def ask_output(text: str) -> str:
    """Return what the model writes to ask for what is missing."""
    return json.dumps({"ask": text}, ensure_ascii=False, separators=(",", ":"))


class CompactOutput(BaseModel):
    """What the model writes: exactly one of commands, an answer, or a question back."""

    model_config = ConfigDict(extra="forbid")

    plan: list[str] | None = None
    answer: str | None = None
    ask: str | None = None


def one_line(text: str) -> str:
    """Return the text on one line; a turn marker in it loses its brackets, so that data cannot end a turn."""
    return " ".join(_MARK.sub(r"\1", text).split())


def template_text(entry: Entry, template: str) -> str:
    """Return a command template with each slot's default beside its name: `<archive|backup.tar.gz>`."""

    def shown(name: str, part: str | None, whole: str) -> str:
        slot = entry.slots.get(name)
        if slot is None:
            return whole
        suffix = f":{part}" if part else ""
        return f"<{name}{suffix}>" if slot.default is None else f"<{name}{suffix}|{slot.default}>"

    return SLOT.sub(lambda match: shown(match[1], match[2], match[0]), template)


def _example(item: Retrieved, host: HostFacts, language: Language) -> str:
    entry = item.entry
    if entry.answer is not None:
        output = answer_output(entry.answer.text(language))
    else:
        output = plan_output([template_text(entry, command) for command in entry.commands(host)])
    # What is remembered was once typed or printed.
    return _MARK.sub(r"\1", f"{item.phrasing}=>{output}")


def _seen(observation: Observation) -> str:
    text = observation.reason or observation.output or f"exit {observation.exit_code}"
    return one_line(text)[-OBSERVATION_CHARS:]
