"""Write the labelled sentences that `insights signals why` shows beside a signal, with their vectors.

Run from the repository root after train.py: `python models/training/train_examples.py`. Only text of the split "train";
each sentence once; vectors as int8, 127 times the unit vector.
"""

from __future__ import annotations

import json

import numpy as np
from safetensors.numpy import save_file
from train import TARGET, read_conversations, read_single, update_manifest

from insights import models


def main() -> None:
    """Write examples.json and examples.safetensors, and their hashes into the manifest."""
    rows: dict[str, tuple[str, str]] = {}
    for scene in (*read_single(), *read_conversations()):
        if scene.split != "train":
            continue
        for line in scene.lines:
            truth = line.truth
            if truth:
                kind = next((kind for kind in ("objection", "question", "praise") if truth[kind]), "")
                rows[line.text] = (kind, truth.get("objection_type") or truth.get("question_kind") or "")
            for kind, spans in (line.spans or {}).items():
                if line.speaker == "customer":
                    rows |= {words: (kind, label or "") for words, label in spans.items()}
    vectors = models.load_embedder()(list(rows))
    (TARGET / "examples.json").write_text(
        json.dumps([(text, *label) for text, label in rows.items()], ensure_ascii=False, indent=0) + "\n", "utf-8"
    )
    save_file({"vectors": np.rint(127 * vectors).astype(np.int8)}, TARGET / "examples.safetensors")
    update_manifest()
    print(len(rows), "examples")


if __name__ == "__main__":
    main()
