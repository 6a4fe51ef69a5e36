"""Write the labelled sentences as train_sentences.py reads them, one JSON line each.

Run from the repository root: `python models/training/sentences.py OUT.jsonl`. `fold` is 0 to 4: sentences of one
industry are in one fold; the test part has none.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from train import Scene, as_written, bare, label_units, read_conversations, read_single

from insights import models

N_FOLDS = 5
SEED = 1


def folds_of(scenes: Sequence[Scene]) -> dict[str, int]:
    """The fold of each industry of the training text."""
    industries = sorted({scene.industry for scene in scenes if scene.split != "test"})
    random.Random(SEED).shuffle(industries)
    return {industry: place % N_FOLDS for place, industry in enumerate(industries)}


def read_sentences(spell: Callable[[str], str]) -> list[str]:
    """Each sentence in one spelling, with what is said around it and its labels, as JSON."""
    nlp, scenes = models.load_spacy(), [*read_single(), *read_conversations()]
    folds = folds_of(scenes)
    return [
        json.dumps(
            {
                "spell": spell.__name__,
                "scene": scene.id,
                "split": scene.split,
                "fold": None if scene.split == "test" else folds[scene.industry],
                "index": unit.utterance.index,
                "speaker": scene.lines[unit.utterance.index].speaker,
                "text": unit.judged,
                "context": unit.context,
                "reply": unit.reply,
                "goes_on": unit.goes_on,
                "is_last": unit.is_last,
                "is_private": scene.is_private,
                "truth": truth,
                "is_part": is_part,
            }
        )
        for scene in scenes
        for unit, truth, is_part in label_units(scene, nlp, spell)
    ]


def main(out: Path) -> None:
    """Write both spellings, each read by a process of its own."""
    with ProcessPoolExecutor(2) as pool:
        lines = [line for part in pool.map(read_sentences, (as_written, bare)) for line in part]
    out.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
