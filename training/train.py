"""Training the model from scratch on packed shards."""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from training.tokenizer import BOS, EOS, PAD, VOCABULARY

WARM_UP_STEPS = 60
FLAT_SHARE = 0.3
"""The share of the run at full learning rate; the rest goes down in a line."""

CHECKPOINT_SECONDS = 420.0


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of the model."""

    hidden: int = 256
    layers: int = 6
    feed_forward: int = 1024
    heads: int = 4
    context: int = 2048

    def build(self) -> Gemma3ForCausalLM:
        """Return a model with fresh weights."""
        return Gemma3ForCausalLM(
            Gemma3TextConfig(
                vocab_size=VOCABULARY,
                hidden_size=self.hidden,
                intermediate_size=self.feed_forward,
                num_hidden_layers=self.layers,
                num_attention_heads=self.heads,
                num_key_value_heads=self.heads // 2,
                head_dim=64,
                query_pre_attn_scalar=64,
                sliding_window=512,
                max_position_embeddings=self.context,
                pad_token_id=PAD,
                bos_token_id=BOS,
                eos_token_id=EOS,
                tie_word_embeddings=True,
            )
        )


class Shards:
    """Batches from the shards of a folder, the least used shard first; new shards are noticed as they arrive."""

    def __init__(self, folder: Path, batch: int, seed: int) -> None:
        self._folder = folder
        self._batch = batch
        self._rng = np.random.default_rng(seed)
        self._used: Counter[str] = Counter()

    def batches(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield batches of tokens and weights without end."""
        while True:
            files = sorted(file for file in self._folder.glob("*.npz") if not file.name.endswith(".part.npz"))
            file = min(files, key=lambda file: (self._used[file.name], file.name))
            self._used[file.name] += 1
            with np.load(file) as arrays:
                tokens, weights = arrays["tokens"], arrays["weights"]
            order = self._rng.permutation(len(tokens))
            for start in range(0, max(len(order) - self._batch, 0) + 1, self._batch):
                rows = order[start : start + self._batch]
                yield (
                    torch.from_numpy(tokens[rows].astype(np.int64)),
                    torch.from_numpy(weights[rows].astype(np.float32)),
                )


def learning_rate(step: int, progress: float) -> float:
    """Return the factor on the learning rate at a share of the run."""
    return min(1.0, (step + 1) / WARM_UP_STEPS) * (
        1.0 if progress < FLAT_SHARE else max(0.02, (1 - progress) / (1 - FLAT_SHARE))
    )


def optimizers(model: Gemma3ForCausalLM) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices and AdamW for the embedding and the norms."""
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim != 2 or "embed" in n]
    return [
        torch.optim.Muon(matrices, lr=4e-3, momentum=0.95, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=3e-3, betas=(0.9, 0.95), weight_decay=0.0, fused=True),
    ]


def weighted_loss(
    logits: torch.Tensor, tokens: torch.Tensor, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the loss over all tokens by weight, and the loss over the outputs alone."""
    losses = cross_entropy(logits[:, :-1].float().reshape(-1, VOCABULARY), tokens[:, 1:].reshape(-1), reduction="none")
    weight = weights[:, 1:].reshape(-1)
    outputs = (weight >= 1.0).float()
    return (losses * weight).sum() / weight.sum(), (losses * outputs).sum() / (outputs.sum() + 1)


def save(model: Gemma3ForCausalLM, shape: Shape, folder: Path) -> None:
    """Write the weights and the shape."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / "model.part"
    torch.save(model.state_dict(), partial)
    partial.rename(folder / "model.pt")
    (folder / "shape.json").write_text(json.dumps(asdict(shape)))


def load(folder: Path) -> tuple[Gemma3ForCausalLM, Shape]:
    """Read a saved model."""
    shape = Shape(**json.loads((folder / "shape.json").read_text()))
    model = shape.build()
    model.load_state_dict(torch.load(folder / "model.pt", map_location="cpu"))
    return model, shape


def train(
    shards: Path,
    target: Path,
    *,
    shape: Shape,
    minutes: float,
    steps: int,
    batch: int,
    threads: int,
    start: Path | None,
    rate: float = 1.0,
) -> None:
    """Train until the minutes or the steps are over, whichever is given."""
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = (load(start)[0] if start else shape.build()).to(device)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters on {device}", flush=True)
    compiled = torch.compile(model)
    updates = optimizers(model)
    base_rates = [rate * group["lr"] for update in updates for group in update.param_groups]
    began = saved = time.monotonic()
    seen, mean = 0, 0.0
    for step, (tokens, weights) in enumerate(Shards(shards, batch, seed=0).batches()):
        progress = step / steps if steps else (time.monotonic() - began) / 60 / minutes
        if progress >= 1:
            break
        _set_rates(updates, base_rates, learning_rate(step, progress))
        tokens, weights = tokens.to(device), weights.to(device)
        with torch.autocast(device, dtype=torch.bfloat16):
            logits = compiled(input_ids=tokens).logits
        loss, output_loss = weighted_loss(logits, tokens, weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for update in updates:
            update.step()
            update.zero_grad()
        seen += int((weights > 0).sum())
        mean = 0.97 * mean + 0.03 * float(output_loss.detach()) if step else float(output_loss.detach())
        now = time.monotonic()
        if step % 25 == 0:
            rate = seen / (now - began)
            print(
                f"step {step} {progress:.1%} {seen / 1e6:.2f} M tokens {rate:.0f}/s output loss {mean:.3f}", flush=True
            )
        if now - saved > CHECKPOINT_SECONDS:
            save(model, shape, target)
            saved = now
    save(model, shape, target)


def _set_rates(updates: Sequence[torch.optim.Optimizer], base_rates: Sequence[float], factor: float) -> None:
    groups = (group for update in updates for group in update.param_groups)
    for group, rate in zip(groups, base_rates, strict=True):
        group["lr"] = rate * factor


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shards", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--minutes", type=float, default=100)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--hidden", type=int, default=Shape().hidden)
    parser.add_argument("--layers", type=int, default=Shape().layers)
    parser.add_argument("--start", type=Path, default=None)
    parser.add_argument("--rate", type=float, default=1.0, help="factor on the learning rates, to go on gently")
    options = parser.parse_args()
    train(
        options.shards,
        options.target,
        shape=Shape(hidden=options.hidden, layers=options.layers),
        minutes=options.minutes,
        steps=options.steps,
        batch=options.batch,
        threads=options.threads,
        start=options.start,
        rate=options.rate,
    )


if __name__ == "__main__":
    main()
