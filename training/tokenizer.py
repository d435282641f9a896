"""The tokenizer: SentencePiece BPE with byte fallback, as Gemma's."""

import random
from collections.abc import Iterable
from pathlib import Path

import sentencepiece

VOCABULARY = 4096
START_OF_TURN = "<start_of_turn>"
END_OF_TURN = "<end_of_turn>"
PAD, EOS, BOS, UNK = 0, 1, 2, 3

_SYMBOLS = [
    START_OF_TURN,
    END_OF_TURN,
    "▁",
    "=>",
    "\n",
    "\\n",
    '\\"',
    '{"plan":["',
    '{"answer":"',
    '{"ask":"',
    '","',
    '"]}',
    '"}',
]
"""The pieces of JSON that every output is made of are one token each; so is a space, so that a name is the same tokens
wherever it stands and can be copied."""


def train_tokenizer(texts: Iterable[str], target: Path, *, sentences: int = 40_000, seed: int = 0) -> None:
    """Train a tokenizer on a sample of texts and write `target`."""
    sample = list(texts)
    random.Random(seed).shuffle(sample)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(line for text in sample[:sentences] for line in text.split("\n") if line),
        model_prefix=str(target.with_suffix("")),
        vocab_size=VOCABULARY,
        model_type="bpe",
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=False,
        split_digits=True,
        user_defined_symbols=_SYMBOLS,
        pad_id=PAD,
        eos_id=EOS,
        bos_id=BOS,
        unk_id=UNK,
        character_coverage=0.9995,
        max_sentence_length=8192,
        num_threads=1,
        minloglevel=2,
    )
    target.with_suffix(".vocab").unlink(missing_ok=True)


def load_tokenizer(file: Path) -> sentencepiece.SentencePieceProcessor:
    """Load a tokenizer."""
    return sentencepiece.SentencePieceProcessor(model_file=str(file))


def prompt_text(content: str) -> str:
    """Return a user message in the model's chat template, ready for its turn, without the first token."""
    return f"{START_OF_TURN}user\n{content}{END_OF_TURN}\n{START_OF_TURN}model\n"
