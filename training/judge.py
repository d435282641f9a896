"""Training the judge that gives what retrieval found a second look, and the guess that it weighs among the rest.

The judge must not learn from phrasings that the vectors, the guess or the index know: it would trust them too much. So
the phrasings are dealt into parts; for each part all three are made without it, and its phrasings, typed as people do,
are searched for. The shipped judge weighs what the shipped vectors, trained on all parts, find.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from fazai_tui.core.cookbook import LANGUAGES, Entry
from fazai_tui.memory.cookbook import load_cookbook
from fazai_tui.memory.embedding import TermVectors
from fazai_tui.memory.guess import Guess
from fazai_tui.memory.index import EntryIndex
from fazai_tui.memory.judge import Judge, Layers
from fazai_tui.memory.terms import TermMaker
from training.dataset import is_held_out, part_of
from training.render import Typist, draw_values, said
from training.retriever import BATCH, EPOCHS, Phrasings, make_vectors
from training.values import Value, ValueMaker

KNOWN_SHARE = 0.2
"""How many phrasings are also searched for where they are known."""

USUAL_SHARE = 0.5
USUAL = {
    "service": ("nginx", "docker", "ssh", "postgresql", "apache2", "mysql", "cron", "redis"),
    "process": ("nginx", "docker", "python3", "java", "mysqld", "node", "sshd"),
    "package": ("nginx", "docker", "htop", "git", "vim", "curl", "apache2", "postgresql", "redis", "nodejs"),
    "path": ("/var/log/syslog", "/etc/fstab", "/etc/hosts", "deploy.sh", "/var/log/auth.log"),
    "file": ("/var/log/syslog", "/etc/hosts", "/var/log/nginx/error.log", "/etc/passwd", "deploy.sh", "app.log"),
    "script": ("deploy.sh", "backup.sh"),
}
"""Values that entries of their own are about, or that their words resemble."""

UNITS = 32
RATE = 4e-3
LISTS = 128

GUESS_WIDTH = 64
GUESS_RATE = 6e-3

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Effort:
    """How thoroughly all is learned: how many parts the phrasings are dealt into, and how often each is seen."""

    parts: int = 5
    vector_epochs: int = EPOCHS
    guess_epochs: int = 9
    judge_epochs: int = 16


@dataclass(frozen=True, slots=True)
class Lists:
    """Searches to learn from: evidence for the candidates of each, which of them there are, and the right one."""

    evidence: torch.Tensor
    is_there: torch.Tensor
    right: torch.Tensor


def train_guess(phrasings: Phrasings, *, epochs: int, seed: int) -> Guess:
    """Train a linear model that tells the entry from the terms of an order."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    typist, values = Typist(rng, typo_share=0.4), ValueMaker(rng)
    rarity = torch.tensor([float(np.log1p(len(phrasings.documents) / phrasings.counts[t])) for t in phrasings.rows])
    weights = torch.nn.Parameter(rarity / rarity.mean())
    vectors = torch.nn.Parameter(torch.randn(len(rarity), GUESS_WIDTH) * 0.05)
    entries = torch.nn.Parameter(torch.randn(len(phrasings.entries), GUESS_WIDTH) * 0.05)
    sharpness = torch.nn.Parameter(torch.tensor(2.7))
    update = torch.optim.Adam([vectors, weights, entries, sharpness], lr=GUESS_RATE)
    for epoch in range(epochs):
        update.param_groups[0]["lr"] = GUESS_RATE * (1 - epoch / epochs) + 1e-4
        order = rng.sample(range(len(phrasings.known)), len(phrasings.known))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            asked = [
                phrasings.typed(i, typist, values) if rng.random() < 0.8 else phrasings.documents[i] for i in batch
            ]
            wanted = [phrasings.known[i][0] for i in batch]
            told = rng.sample(range(len(phrasings.entries)), min(48, len(phrasings.entries)))
            asked = [*_thinned(asked, rng), *(phrasings.texts[number] for number in told)]
            logits = _summed(asked, vectors, weights) @ _unit(entries).T * sharpness.exp()
            loss = torch.nn.functional.cross_entropy(logits, torch.tensor(wanted + told), label_smoothing=0.05)
            update.zero_grad()
            loss.backward()
            update.step()
        print(f"guess, epoch {epoch + 1} of {epochs}: loss {float(loss.detach()):.3f}", flush=True)
    return Guess(
        [entry.id for entry in phrasings.entries],
        (vectors * weights[:, None]).detach().numpy().astype(np.float16).astype(np.float32),
        _unit(entries).detach().numpy().astype(np.float16).astype(np.float32),
        float(sharpness.detach().exp()),
    )


def gather(entries: Sequence[Entry], effort: Effort, *, seed: int) -> Lists:
    """Search for the phrasings of each part with what was made without them."""
    found: list[tuple[Floats, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        for part in range(effort.parts):
            file = Path(folder) / f"{part}.npz"
            phrasings = make_vectors(
                entries,
                file,
                epochs=effort.vector_epochs,
                left_out=lambda phrasing, part=part: part_of(phrasing, effort.parts) == part,
            )
            guess = train_guess(phrasings, epochs=effort.guess_epochs, seed=seed)
            found += _searched(entries, TermVectors.read(file), guess, part, effort.parts, random.Random(seed + part))
            print(f"judge, part {part + 1} of {effort.parts}: {len(found)} searches so far", flush=True)
    return _lists(found)


def train_layers(lists: Lists, *, epochs: int, seed: int) -> Layers:
    """Train the layers so that the right candidate weighs most."""
    torch.manual_seed(seed)
    held = lists.evidence[lists.is_there].float()
    mean, scale = held.mean(0), held.std(0) + 1e-3
    hidden, output = torch.nn.Linear(len(mean), UNITS), torch.nn.Linear(UNITS, 1, bias=False)
    update = torch.optim.AdamW([*hidden.parameters(), *output.parameters()], lr=RATE, weight_decay=1e-2)
    for epoch in range(epochs):
        update.param_groups[0]["lr"] = RATE * (1 - epoch / epochs) + 1e-4
        total = 0.0
        for batch in torch.randperm(len(lists.right)).split(LISTS):
            evidence = (lists.evidence[batch].float() - mean) / scale
            weighed = output(torch.relu(hidden(evidence))).squeeze(-1)
            weighed = weighed.masked_fill(~lists.is_there[batch], -1e9)
            loss = torch.nn.functional.cross_entropy(weighed, lists.right[batch])
            update.zero_grad()
            loss.backward()
            update.step()
            total += float(loss.detach()) * len(batch)
        print(f"judge, epoch {epoch + 1} of {epochs}: loss {total / len(lists.right):.3f}", flush=True)
    learned = (mean, scale, hidden.weight, hidden.bias, output.weight[0])
    return Layers(*(part.detach().numpy() for part in learned))


def write_judge(layers: Layers, guess: Guess, file: Path) -> None:
    """Write what was learned; vectors in 16 bits."""
    np.savez_compressed(
        file,
        mean=layers.mean,
        scale=layers.scale,
        hidden=layers.hidden,
        offset=layers.offset,
        output=layers.output,
        terms=guess.terms.astype(np.float16),
        entries=guess.entries.astype(np.float16),
        sharpness=np.float32(guess.sharpness),
        ids=np.frombuffer("\n".join(guess.ids).encode(), dtype=np.uint8),
    )


def make_judge(entries: Sequence[Entry], vectors_file: Path, judge_file: Path, effort: Effort) -> None:
    """Train the vectors and the judge of a cookbook and write them."""
    asked = [entry for entry in entries if entry.kind != "repair"]
    phrasings = make_vectors(asked, vectors_file, epochs=effort.vector_epochs)
    guess = train_guess(phrasings, epochs=effort.guess_epochs, seed=0)
    layers = train_layers(gather(asked, effort, seed=0), epochs=effort.judge_epochs, seed=0)
    write_judge(layers, guess, judge_file)


def _searched(
    entries: Sequence[Entry], vectors: TermVectors | None, guess: Guess, part: int, parts: int, rng: random.Random
) -> Iterator[tuple[Floats, int]]:
    """Yield evidence and the place of the right candidate for each phrasing of a part.

    Some are searched for where they are known: a judge that never saw an order word for word would not trust it.
    """
    judge = _unlearned(guess)
    unaware, aware = _without(entries, part, parts), _without(entries, None, parts)
    indexes = [(left, EntryIndex(left, TermMaker(), vectors, judge=judge)) for left in (unaware, aware)]
    numbers = [{entry.id: number for number, entry in enumerate(left)} for left, _ in indexes]
    typist, values = Typist(rng), ValueMaker(rng)
    for entry in entries:
        for language in LANGUAGES:
            for phrasing in entry.phrasings(language):
                if is_held_out(phrasing) or part_of(phrasing, parts) != part:
                    continue
                drawn = _usual(entry, draw_values(entry, phrasing, values, language), rng)
                order = said(typist.type(phrasing, language), drawn)
                for known in (False, True) if rng.random() < KNOWN_SHARE else (False,):
                    candidates, evidence = indexes[known][1].evidence(order, language)
                    places = np.flatnonzero(candidates == numbers[known].get(entry.id, -1))
                    if len(places):
                        yield evidence.astype(np.float16), int(places[0])


def _usual(entry: Entry, values: dict[str, Value], rng: random.Random) -> dict[str, Value]:
    """Return values of which many are the names that orders are full of, and that entries of their own are about."""
    usual = dict(values)
    for name, slot in entry.slots.items():
        if slot.type in USUAL and rng.random() < USUAL_SHARE:
            value = rng.choice(USUAL[slot.type])
            usual[name] = Value(value, value)
    return usual


def _unlearned(guess: Guess) -> Judge:
    """Return a judge that gathers evidence and has no opinion."""
    nothing = np.zeros(0, dtype=np.float32)
    return Judge(Layers(nothing, nothing, nothing.reshape(0, 0), nothing, nothing), guess)


def _without(entries: Sequence[Entry], part: int | None, parts: int) -> list[Entry]:
    """Return the entries without what is held out and without the phrasings of a part."""
    left: list[Entry] = []
    for entry in entries:
        kept = {
            language: tuple(p for p in entry.phrasings(language) if not is_held_out(p) and part_of(p, parts) != part)
            for language in LANGUAGES
        }
        if any(kept.values()):
            left.append(entry.model_copy(update=kept))
    return left


def _lists(found: Sequence[tuple[Floats, int]]) -> Lists:
    longest = max(len(evidence) for evidence, _ in found)
    rows = torch.zeros((len(found), longest, found[0][0].shape[1]), dtype=torch.float16)
    is_there = torch.zeros((len(found), longest), dtype=torch.bool)
    for place, (evidence, _) in enumerate(found):
        rows[place, : len(evidence)] = torch.from_numpy(evidence)
        is_there[place, : len(evidence)] = True
    return Lists(rows, is_there, torch.tensor([right for _, right in found]))


def _summed(lists: Sequence[Sequence[int]], vectors: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the scaled sum of the weighted vectors of each list of rows, each row counted once."""
    once = [list(dict.fromkeys(rows)) or [0] for rows in lists]
    rows = torch.tensor([row for own in once for row in own])
    starts = torch.tensor([0, *(len(own) for own in once[:-1])]).cumsum(0)
    return _unit(torch.nn.functional.embedding_bag(rows, vectors, starts, mode="sum", per_sample_weights=weights[rows]))


def _unit(rows: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(rows, dim=1)


def _thinned(lists: Sequence[Sequence[int]], rng: random.Random) -> Iterator[list[int]]:
    """Yield the lists without some of their rows, so that no single one decides."""
    for rows in lists:
        yield [row for row in rows if rng.random() > 0.15]


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("judge", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    make_judge(load_cookbook(), options.vectors, options.judge, Effort())


if __name__ == "__main__":
    main()
