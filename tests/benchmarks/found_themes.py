"""How well what is found in the sample calls and mails is grouped, against the gold themes, as a Markdown table.

Unlike `insights evaluate themes`, which groups the true items, this groups the signals of a store with their own kinds
and types, right or wrong, and what they were said in. A signal has the gold theme of the item of its conversation that
shares most words with it, `LEAST_SHARED` at least (of any, where its conversation has none); what has none was found by
mistake or has no theme, and is left out.
Run: python tests/benchmarks/found_themes.py STORE, after `insights demo`.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
from themes import score

import insights
from insights.models import load_theme_embedder
from insights.themes import GroupOptions, Item, Memory, embed_items
from insights.themes.identity import assign
from insights.types import ThemeKind

GOLD = Path(__file__).parents[2] / "sample_calls" / "gold"
LEAST_SHARED = 0.7  # of the words of what was found
KINDS: tuple[ThemeKind, ...] = ("question", "objection")
VIEWS = {
    "the words alone": {"wording": "", "context": "", "label": ""},
    "with what they were said in": {"label": ""},
    "with their kind (questions) or type": {"wording": "", "context": ""},
    "with both, as shipped": {},
}


def words_of(text: str) -> set[str]:
    """The words of a text in small letters."""
    return set(re.findall(r"[a-z0-9']+", text.lower()))


def read_gold(kind: ThemeKind) -> dict[str, list[tuple[set[str], str]]]:
    """By conversation, the words and the theme of each gold item."""
    found = defaultdict(list)
    for line in (GOLD / f"themes_{kind}s.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row.get("label"):
            found[row["id"].rpartition("-")[0]].append((words_of(row["text"]), row["label"]))
    return found


def matched(frames: insights.Frames, kind: ThemeKind) -> Iterator[tuple[Item, str]]:
    """The signals of a kind that have a gold theme, as items, with it."""
    gold = read_gold(kind)
    everywhere = [one for items in gold.values() for one in items]
    sources = frames.conversations.set_index("id").source
    texts = frames.utterances.set_index("id").text
    for row in frames.signals[frames.signals.kind == kind].itertuples():
        words = words_of(row.text)
        theirs = gold.get(Path(sources[row.conversation_id]).stem, everywhere)
        shared, theme = max((len(words & own), theme) for own, theme in theirs)
        if shared >= LEAST_SHARED * max(len(words), 1):
            wording = "" if pd.isna(row.wording) else row.wording
            context = texts[row.utterance_id]
            yield Item(row.id, row.text, row.conversation_id, row.label, wording=wording, context=context), theme


def group(items: Sequence[Item], kind: ThemeKind) -> list[int | None]:
    """The theme of each item, as a number."""
    vectors = embed_items(items, load_theme_embedder())
    theme_ids = assign(items, vectors, Memory(kind), GroupOptions()).theme_ids
    return [int(theme_id[2:]) if theme_id else None for theme_id in theme_ids]


def main() -> None:
    """Write the table."""
    frames = insights.open(sys.argv[1])
    sys.stdout.write(
        "| found | grouped by | ACC | NMI | ARI | groups (gold) | in a group |\n|---|---|--:|--:|--:|--:|--:|\n"
    )
    for kind in KINDS:
        pairs = sorted(matched(frames, kind), key=lambda pair: pair[0].id)
        gold = [theme for _, theme in pairs]
        for name, changes in VIEWS.items():
            found = score(gold, group([replace(item, **changes) for item, _ in pairs], kind))
            acc, nmi, ari, n_groups, share = found
            figures = f"| {acc:.1f} | {nmi:.1f} | {ari:.1f} | {n_groups:.0f} ({len(set(gold))}) | {share:.0f} % |"
            sys.stdout.write(f"| {len(pairs)} {kind}s | {name} {figures}\n")


if __name__ == "__main__":
    main()
