"""How the shipped model is made: data, tokenizer, training, conversion, evaluation."""
