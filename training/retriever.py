"""Training the term vectors that retrieval compares sentences with."""

import argparse
import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from fazai_tui.core.cookbook import LANGUAGES, Entry, Language
from fazai_tui.memory.cookbook import load_cookbook
from fazai_tui.memory.index import text_terms
from fazai_tui.memory.terms import TermMaker
from training.dataset import is_held_out
from training.render import Typist, draw_values, said
from training.values import ValueMaker

WIDTH = 64
LEAST_DOCUMENTS = 2
"""Terms of fewer documents are left out."""

TYPED_SHARE = 0.8
"""How many queries are orders with values; the rest are phrasings with their slots."""

TYPO_SHARE = 0.4
"""How many of those orders hold typos: more than people make, so that the pieces of words learn to stand for them."""

EPOCHS = 8
BATCH = 512
RATE = 5e-3


class Phrasings:
    """The phrasings to learn from, as rows of terms."""

    def __init__(
        self, entries: Sequence[Entry], maker: TermMaker, left_out: Callable[[str], bool] = is_held_out
    ) -> None:
        """Read the phrasings of entries, but for those left out."""
        self.entries = entries
        self._maker = maker
        self.known: list[tuple[int, Language, str]] = [
            (number, language, phrasing)
            for number, entry in enumerate(entries)
            for language in LANGUAGES
            for phrasing in entry.phrasings(language)
            if not left_out(phrasing)
        ]
        documents = [self._terms(number, phrasing) for number, _, phrasing in self.known]
        texts = [text_terms(entry, maker) for entry in entries]
        self.counts = Counter(term for document in (*documents, *texts) for term in dict.fromkeys(document))
        kept = (term for term, count in self.counts.items() if count >= LEAST_DOCUMENTS)
        self.rows = {term: row for row, term in enumerate(kept)}
        self.documents = [self._numbers(document) for document in documents]
        self.texts = [self._numbers(text) for text in texts]
        self.of_entry: list[list[int]] = [[] for _ in entries]
        for index, (number, _, _) in enumerate(self.known):
            self.of_entry[number].append(index)

    def typed(self, index: int, typist: Typist, values: ValueMaker) -> list[int]:
        """Return a phrasing as somebody might type it, with values: their letters are noise that is to be ignored."""
        number, language, phrasing = self.known[index]
        drawn = draw_values(self.entries[number], phrasing, values, language)
        return self._numbers(self._maker.terms(said(typist.type(phrasing, language), drawn)))

    def _terms(self, number: int, phrasing: str) -> list[str]:
        return self._maker.terms(phrasing, self.entries[number].slots)

    def _numbers(self, terms: Sequence[str]) -> list[int]:
        return [self.rows[term] for term in terms if term in self.rows]


class Embedder(torch.nn.Module):
    """Weighted sums of term vectors."""

    def __init__(self, weights: torch.Tensor) -> None:
        super().__init__()
        self.vectors = torch.nn.Parameter(torch.randn(len(weights), WIDTH) * 0.1)
        self.weights = torch.nn.Parameter(weights)
        self.sharpness = torch.nn.Parameter(torch.tensor(3.0))

    def forward(self, sentences: Sequence[Sequence[int]]) -> torch.Tensor:
        """Return a unit vector for each list of rows."""
        filled = [sentence or [0] for sentence in sentences]
        rows = torch.tensor([row for sentence in filled for row in sentence])
        starts = torch.tensor([0, *(len(sentence) for sentence in filled[:-1])]).cumsum(0)
        sums = torch.nn.functional.embedding_bag(
            rows, self.vectors, starts, mode="sum", per_sample_weights=self.weights[rows]
        )
        return torch.nn.functional.normalize(sums, dim=1)


def train_vectors(phrasings: Phrasings, *, epochs: int, seed: int) -> Embedder:
    """Train so that a phrasing lies nearest to the other phrasings and the text of its own entry."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    typist, values = Typist(rng, typo_share=TYPO_SHARE), ValueMaker(rng)
    weights = torch.tensor([float(np.log1p(len(phrasings.documents) / phrasings.counts[t])) for t in phrasings.rows])
    model = Embedder(weights / weights.mean())
    update = torch.optim.Adam(model.parameters(), lr=RATE)
    for epoch in range(epochs):
        order = rng.sample(range(len(phrasings.known)), len(phrasings.known))
        update.param_groups[0]["lr"] = RATE * (1 - epoch / epochs) + RATE / 50
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            queries = [
                phrasings.typed(i, typist, values) if rng.random() < TYPED_SHARE else phrasings.documents[i]
                for i in batch
            ]
            queries = [[row for row in query if rng.random() > 0.1] for query in queries]
            logits = model(queries) @ model(_entry_texts(phrasings, set(batch), rng)).T * model.sharpness.exp()
            wanted = torch.tensor([phrasings.known[index][0] for index in batch])
            loss = torch.nn.functional.cross_entropy(logits, wanted, label_smoothing=0.02)
            update.zero_grad()
            loss.backward()
            update.step()
        print(f"epoch {epoch + 1} of {epochs}: loss {float(loss.detach()):.3f}", flush=True)
    return model


def _entry_texts(phrasings: Phrasings, asked: set[int], rng: random.Random) -> list[list[int]]:
    """Return a text for each entry that holds none of the phrasings asked about."""
    texts: list[list[int]] = []
    for number, own in enumerate(phrasings.of_entry):
        chosen = [index for index in own if index not in asked and rng.random() < 0.6]
        text = [row for index in chosen for row in phrasings.documents[index]]
        texts.append(text + phrasings.texts[number] if not chosen or rng.random() < 0.7 else text)
    return texts


def write_vectors(model: Embedder, phrasings: Phrasings, file: Path) -> None:
    """Write terms and weighted vectors in 16 bits."""
    vectors = (model.vectors * model.weights[:, None]).detach().numpy().astype(np.float16)
    terms = np.frombuffer("\n".join(phrasings.rows).encode(), dtype=np.uint8)
    np.savez_compressed(file, terms=terms, vectors=vectors)


def make_vectors(
    entries: Sequence[Entry],
    file: Path,
    *,
    epochs: int = EPOCHS,
    left_out: Callable[[str], bool] = lambda phrasing: False,
) -> Phrasings:
    """Train the vectors of a cookbook and write them; return what they were trained on.

    Args:
        entries: The cookbook.
        file: Where the vectors go.
        epochs: How often each phrasing is asked for.
        left_out: Phrasings to leave out, beside those that are held out.
    """
    asked = [entry for entry in entries if entry.kind != "repair"]
    phrasings = Phrasings(asked, TermMaker(), lambda phrasing: is_held_out(phrasing) or left_out(phrasing))
    write_vectors(train_vectors(phrasings, epochs=epochs, seed=0), phrasings, file)
    return phrasings


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    make_vectors(load_cookbook(), options.target, epochs=options.epochs)


if __name__ == "__main__":
    main()
