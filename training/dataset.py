"""Training examples: the product's own prompt for an order, and what the model should write."""

import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fazai_tui.core.cookbook import LANGUAGES, Entry, Language, Localized, RecipeStep, Retrieved
from fazai_tui.core.generation import Observation, PlanningContext
from fazai_tui.core.host import HostFacts
from fazai_tui.engine import prompts_compact as compact
from fazai_tui.engine.grammar_compact import outputs_of
from fazai_tui.engine.planning import source_text
from fazai_tui.engine.questions import Questions
from fazai_tui.memory.embedding import TermVectors
from fazai_tui.memory.judge import Judge
from fazai_tui.memory.placeholders import chosen_forms, slots_of
from fazai_tui.memory.retrieval import CookbookRetriever, indexes_of
from training.render import Typist, draw_values, said, written
from training.values import Value, ValueMaker, unnamed

HELD_OUT_SHARE = 0.04
"""The share of phrasings that training never sees; told apart by a hash, so that it stays the same."""

QUESTIONS = Questions()

_MISSING_SHARE = 0.04
"""The share of orders that lack a value; the model learns to ask for it."""


@dataclass(frozen=True, slots=True)
class Example:
    """One prompt and its output.

    Attributes:
        content: The user message, as the product builds it.
        output: What the model should write.
        entry_id: The entry the order was made from.
    """

    content: str
    output: str
    entry_id: str
    language: Language
    context: PlanningContext

    @property
    def rank(self) -> int:
        """The place of the entry among what retrieval found, 1 the first; 0 when it was not found."""
        places = enumerate(self.context.retrieved, 1)
        return next((place for place, item in places if item.entry.id == self.entry_id), 0)

    def alternatives(self) -> tuple[str, ...]:
        """Return what the product's grammar lets the model write here."""
        shown = [item for item, _ in compact.shown_examples(self.context.retrieved, self.context.host, self.language)]
        return outputs_of(shown, self.context.host, source_text(self.context), self.language)


def is_held_out(phrasing: str) -> bool:
    """Tell whether a phrasing is kept from training."""
    return _lot(phrasing) < HELD_OUT_SHARE


def part_of(phrasing: str, parts: int) -> int:
    """Return which of so many parts a phrasing that is not held out belongs to: always the same."""
    return min(int((_lot(phrasing) - HELD_OUT_SHARE) / (1 - HELD_OUT_SHARE) * parts), parts - 1)


def without_held_out(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the entries as they would be had nobody thought of the held-out phrasings.

    Leaving them out of a search is not enough to measure it: their words count in an entry's whole text too.
    """
    left = [
        entry.model_copy(update={n: tuple(p for p in entry.phrasings(n) if not is_held_out(p)) for n in LANGUAGES})
        for entry in entries
    ]
    return tuple(entry for entry in left if entry.pt or entry.en)


class ExampleMaker:
    """Makes examples from entries, showing what the product's retriever would find."""

    def __init__(
        self,
        entries: Sequence[Entry],
        seed: int,
        *,
        vectors: TermVectors | None = None,
        judge: Judge | None = None,
        neighbours: int = 12,
    ) -> None:
        self._rng = random.Random(seed)
        self._maker = ValueMaker(self._rng)
        self._typist = Typist(self._rng)
        self._retriever = CookbookRetriever(lambda: indexes_of(entries, vectors, judge=judge))
        self._unaware = CookbookRetriever(lambda: indexes_of(without_held_out(entries), vectors, judge=judge))
        self._entries = entries
        self._neighbours = neighbours
        self._cache: dict[tuple[str, str], tuple[Retrieved, ...]] = {}

    def from_cookbook(self) -> Iterator[Example]:
        """Yield one example per phrasing to train on, in random order; call again for another rendering."""
        pairs = [pair for pair in self._phrasings() if not is_held_out(pair[1])]
        self._rng.shuffle(pairs)
        for entry, phrasing, language in pairs:
            if entry.kind == "repair":
                yield self._repair(entry, phrasing, language, is_new=False)
            elif self._rng.random() < _MISSING_SHARE and (named := _required(entry)):
                yield self._incomplete(entry, phrasing, language, self._rng.choice(named))
            else:
                yield self._order(entry, phrasing, language, is_new=False)

    def held_out(self, seed: int) -> Iterator[Example]:
        """Yield one example per held-out phrasing, with what retrieval finds that knows none of them.

        They come in an order of their own and each draws its values from the seed and its phrasing alone: the first
        ones are a sample that stays nearly the same when the cookbook grows.
        """
        pairs = [pair for pair in self._phrasings() if is_held_out(pair[1])]
        for entry, phrasing, language in sorted(pairs, key=lambda pair: (_lot(pair[1]), pair[0].id, pair[2])):
            self._rng.seed(f"{seed} {entry.id} {phrasing}")
            make = self._repair if entry.kind == "repair" else self._order
            yield make(entry, phrasing, language, is_new=True)

    def from_pairs(self) -> Iterator[Example]:
        """Yield one example per entry made by `entries_from_pairs`, whose values follow the description."""
        for entry in self._rng.sample(list(self._entries), len(self._entries)):
            language: Language = "pt" if entry.pt else "en"
            yield self._order(entry, entry.phrasings(language)[0], language, is_new=False, cached=True)

    def _phrasings(self) -> Iterator[tuple[Entry, str, Language]]:
        for entry in self._entries:
            for language in LANGUAGES:
                for phrasing in entry.phrasings(language):
                    yield entry, phrasing, language

    def _order(self, entry: Entry, phrasing: str, language: Language, *, is_new: bool, cached: bool = False) -> Example:
        host = self._host(entry)
        values = draw_values(entry, phrasing, self._maker, language)
        order = said(self._typist.type(phrasing, language), values)
        found = self._found(entry, phrasing, order, language, is_new=is_new, cached=cached)
        right = any(item.entry.id == entry.id for item, _ in compact.shown_examples(found, host, language))
        if entry.answer is not None:
            output = compact.answer_output(entry.answer.text(language))
        elif right or is_new:
            output = compact.plan_output([written(command, values) for command in entry.commands(host)])
        else:
            output = compact.ask_output(QUESTIONS.unknown(language))
        context = PlanningContext(order=order, language=language, host=host, cwd="/", retrieved=found)
        return _example(context, output, entry, language)

    def _incomplete(self, entry: Entry, phrasing: str, language: Language, missing: str) -> Example:
        host = self._host(entry)
        values = draw_values(entry, phrasing, self._maker, language)
        slot_type = entry.slots[missing].type
        values[missing] = Value(self._rng.choice(unnamed(slot_type, language)), "")
        order = " ".join(said(self._typist.type(phrasing, language), values).split())
        found = self._found(entry, phrasing, order, language, is_new=False)
        if all(item.entry.id != entry.id for item, _ in compact.shown_examples(found, host, language)):
            found = (Retrieved(entry=entry, phrasing=phrasing, language=language, score=1.0),)
        output = compact.ask_output(QUESTIONS.about(slot_type, language))
        context = PlanningContext(order=order, language=language, host=host, cwd="/", retrieved=found)
        return _example(context, output, entry, language)

    def _repair(self, entry: Entry, phrasing: str, language: Language, *, is_new: bool) -> Example:
        host = self._host(entry)
        values = draw_values(entry, phrasing, self._maker, language)
        failed = self._rng.choice([item for item in self._entries if item.kind == "command"])
        spoken = self._rng.choice(failed.phrasings(language))
        failed_values = draw_values(failed, spoken, self._maker, language)
        ran = written(failed.commands(host)[0], failed_values)
        observation = Observation(command=ran, exit_code=1, output=said(phrasing, values))
        retriever = self._unaware if is_new else self._retriever
        found = retriever.search_repairs(observation.output, limit=compact.EXAMPLES, language=language)
        if not is_new and all(item.entry.id != entry.id for item, _ in compact.shown_examples(found, host, language)):
            score = found[0].score if found else 1.0
            mine = Retrieved(entry=entry, phrasing=phrasing, language=language, score=score)
            found = (mine, *found[: compact.EXAMPLES - 1])
        output = compact.plan_output([written(command, values) for command in entry.commands(host)])
        order = said(spoken, failed_values)
        context = PlanningContext(
            order=order, language=language, host=host, cwd="/", retrieved=found, observations=(observation,)
        )
        return _example(context, output, entry, language)

    def _found(
        self, entry: Entry, phrasing: str, order: str, language: Language, *, is_new: bool, cached: bool = False
    ) -> tuple[Retrieved, ...]:
        if is_new:
            return self._unaware.search(order, limit=compact.EXAMPLES, language=language)
        key = (entry.id, phrasing)
        if cached and key in self._cache:
            found = self._cache[key]
        elif self._rng.random() < 0.75:
            found = self._retriever.search_without(order, phrasing, limit=self._neighbours, language=language)
        else:
            found = self._retriever.search(order, limit=self._neighbours, language=language)
        if cached:
            self._cache[key] = found
        shown = [item for item in found[: compact.EXAMPLES] if item.score >= found[0].score - compact.NEAR]
        if all(item.entry.id != entry.id for item in shown) and self._rng.random() < 0.95:
            at = self._rng.randrange(min(len(shown), compact.EXAMPLES - 1) + 1)
            others = [p for p in entry.phrasings(language) if p != phrasing] or [phrasing]
            score = shown[0].score if shown else 1.0
            mine = Retrieved(entry=entry, phrasing=self._rng.choice(others), language=language, score=score)
            shown = [*shown[:at], mine, *shown[at:]][: compact.EXAMPLES]
        return tuple(shown)

    def _host(self, entry: Entry) -> HostFacts:
        manager = self._rng.choice(("apt", *entry.variants)) if entry.variants else "apt"
        return HostFacts(package_manager=manager, is_root=self._rng.random() < 0.6)


def entries_from_pairs(file: Path, *, limit_command: int = 90) -> tuple[Entry, ...]:
    """Return description and command pairs (JSON lines with lang, page, description, command) as entries."""
    entries: list[Entry] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        language: Language = row["lang"]
        if len(row["command"]) > limit_command or len(row["description"]) > 100 or "tldr " in row["command"]:
            continue
        command, slots = slots_of(chosen_forms(row["command"]))
        description = re.sub(r"`|\[(\w)\]", r"\1", row["description"]).rstrip(".:")
        if slots:
            description += ": " + " ".join(f"<{name}>" for name in slots)
        entries.append(
            Entry.model_construct(
                id=f"pair{number}",
                kind="command",
                title=Localized(pt=description, en=description),
                pt=(description,) if language == "pt" else (),
                en=(description,) if language == "en" else (),
                steps=(RecipeStep(run=command),),
                slots=slots,
                variants={},
            )
        )
    return tuple(entries)


def _lot(phrasing: str) -> float:
    """Return what a phrasing draws, from 0 to 1: always the same."""
    return int.from_bytes(hashlib.sha256(phrasing.encode()).digest()[:4]) / 2**32


def _required(entry: Entry) -> list[str]:
    return [name for name, slot in entry.slots.items() if slot.default is None and not slot.values]


def _example(context: PlanningContext, output: str, entry: Entry, language: Language) -> Example:
    lines = [line for _, line in compact.shown_examples(context.retrieved, context.host, language)]
    content = "\n".join((*lines, compact.order_text(context)))
    return Example(content=content, output=output, entry_id=entry.id, language=language, context=context)
