"""From PyTorch weights to a GGUF file that llama.cpp loads."""

import argparse
import re
from pathlib import Path

import gguf
import numpy as np
import sentencepiece
import torch

from training.tokenizer import BOS, END_OF_TURN, EOS, PAD, START_OF_TURN, UNK, load_tokenizer
from training.train import Shape, load

NAME = "Faísca"
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<start_of_turn>"
    "{{ 'model' if message['role'] == 'assistant' else 'user' }}\n{{ message['content'] }}<end_of_turn>\n"
    "{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)

_LAYER_TENSORS = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
"""llama.cpp's names for the tensors of a Gemma 3 layer (gguf-py, tensor_mapping)."""


def tensor_name(name: str) -> str:
    """Return llama.cpp's name of a tensor.

    Raises:
        KeyError: Gemma 3 has no such tensor.
    """
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    match = re.fullmatch(r"model\.layers\.(\d+)\.(.+)\.weight", name)
    if match is None:
        raise KeyError(name)
    return f"blk.{match[1]}.{_LAYER_TENSORS[match[2]]}.weight"


def write_gguf(model: Path, tokenizer: Path, target: Path, *, is_quantized: bool = True) -> None:
    """Write a GGUF file: Q8_0 matrices, 32-bit norms."""
    trained, shape = load(model)
    processor = load_tokenizer(tokenizer)
    writer = gguf.GGUFWriter(str(target), "gemma3")
    _write_shape(writer, shape)
    _write_tokenizer(writer, processor)
    for name, weights in trained.state_dict().items():
        if name != "lm_head.weight":
            _write_tensor(writer, name, weights, is_quantized=is_quantized)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_shape(writer: gguf.GGUFWriter, shape: Shape) -> None:
    writer.add_name(NAME)
    writer.add_license("MIT; trained in part on tldr-pages, CC BY 4.0")
    writer.add_string("fazai.profile", "compact")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads // 2)
    writer.add_key_length(64)
    writer.add_value_length(64)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_sliding_window(512)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)


def _write_tokenizer(writer: gguf.GGUFWriter, processor: sentencepiece.SentencePieceProcessor) -> None:
    count = processor.vocab_size()
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([processor.id_to_piece(number).encode() for number in range(count)])
    writer.add_token_scores([processor.get_score(number) for number in range(count)])
    writer.add_token_types([_token_type(processor, number) for number in range(count)])
    writer.add_bos_token_id(BOS)
    writer.add_eos_token_id(EOS)
    writer.add_unk_token_id(UNK)
    writer.add_pad_token_id(PAD)
    writer.add_eot_token_id(processor.piece_to_id(END_OF_TURN))
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _token_type(processor: sentencepiece.SentencePieceProcessor, number: int) -> gguf.TokenType:
    piece = processor.id_to_piece(number)
    if processor.is_unknown(number):
        return gguf.TokenType.UNKNOWN
    if processor.is_control(number) or piece in (START_OF_TURN, END_OF_TURN):
        return gguf.TokenType.CONTROL
    if processor.is_byte(number):
        return gguf.TokenType.BYTE
    # SentencePiece gives the symbols of its caller a score of 0 and puts them first.
    if number < _first_learned(processor) and piece != "▁":
        return gguf.TokenType.USER_DEFINED
    return gguf.TokenType.NORMAL


def _first_learned(processor: sentencepiece.SentencePieceProcessor) -> int:
    return next(number for number in range(processor.vocab_size()) if processor.is_byte(number))


def _write_tensor(writer: gguf.GGUFWriter, name: str, weights: torch.Tensor, *, is_quantized: bool) -> None:
    values = weights.float().numpy()
    if name.endswith("norm.weight"):
        values = values + 1.0
    if values.ndim > 1 and is_quantized:
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(tensor_name(name), gguf.quants.quantize(values, kind), raw_dtype=kind)
    else:
        writer.add_tensor(tensor_name(name), values.astype(np.float32))


def main() -> None:
    """Read the command line and convert."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--float", action="store_true", help="keep 32-bit weights, for comparing logits")
    options = parser.parse_args()
    write_gguf(options.model, options.tokenizer, options.target, is_quantized=not options.float)


if __name__ == "__main__":
    main()
