"""What is found in the sample calls by real recognition, against what their scripts planted; and every error, to read.

    insights demo                                      # or any store with the sample calls in it
    python tests/benchmarks/extraction.py insights-data/demo [--log LOG.md]

A planted question or objection counts as found if a signal of its kind lies in the same call within its utterance's
time, give or take `SLACK_S`; in mails and meetings, if it stands in words of that utterance. A signal that meets none
so is false. "Script" rows are the same detectors on the scripts' words.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from insights import models, signals
from insights.store import Store
from insights.types import Signal, Utterance

ROOT = Path(__file__).parents[2]
GOLD = ROOT / "sample_calls" / "gold"
KINDS = ("question", "objection")
SLACK_S = 1.0  # a recogniser's times are off by some tenths of a second
SOUNDS = "calls/"  # sources that are heard; the others are read


@dataclass(frozen=True)
class Planted:
    """An utterance of the scripts with what it holds."""

    row: dict[str, Any]

    def meets(self, signal: Signal, text: str) -> bool:
        """Whether a signal of the same source lies in it."""
        if self.row.get("start_s") is None or signal.start_s is None or signal.end_s is None:
            return " ".join(signal.text.split()) in " ".join(self.row["text"].split()) or self.row["text"] in text
        return (
            signal.start_s < self.row["end_s"] + SLACK_S / 2
            and signal.end_s > self.row["start_s"] - SLACK_S / 2
            and min(signal.end_s, self.row["end_s"]) - max(signal.start_s, self.row["start_s"])
            > 0.3 * (signal.end_s - signal.start_s)
        )


def read_gold() -> list[Planted]:
    """All utterances of calls, meetings and mails."""
    files = ("utterances_calls.jsonl", "utterances_mail.jsonl")
    return [Planted(json.loads(line)) for name in files for line in (GOLD / name).read_text("utf-8").splitlines()]


def read_found(store: Path) -> dict[str, list[tuple[Signal, Utterance]]]:
    """Signals with their utterances, by the end of the source's name."""
    with Store(store) as opened:
        source_of = {one.id: one.source for one in opened.conversations()}
        said = {one.id: one for one in opened.utterances()}
        found: dict[str, list[tuple[Signal, Utterance]]] = defaultdict(list)
        for signal in opened.signals():
            if signal.kind in KINDS:
                utterance = said[signal.utterance_id]
                found[source_of[utterance.conversation_id]].append((signal, utterance))
    return found


def from_scripts(gold: Sequence[Planted]) -> dict[str, list[tuple[Signal, Utterance]]]:
    """The same detectors on the words that were written for the speakers."""
    nlp, embed = models.load_spacy(), models.load_embedder()
    by_source: dict[str, list[Planted]] = defaultdict(list)
    for one in gold:
        by_source[one.row["source"]].append(one)
    found = {}
    for source, rows in by_source.items():
        said = [
            Utterance(source, index, one.row["speaker"], one.row["role"], 1.0, one.row["text"],
                      one.row.get("start_s"), one.row.get("end_s"))
            for index, one in enumerate(rows)
        ]  # fmt: skip
        by_id = {one.id: one for one in said}
        found[source] = [(one, by_id[one.utterance_id]) for one in signals.detect(said, nlp, embed)]
    return found


def match(gold: Sequence[Planted], found: dict[str, list[tuple[Signal, Utterance]]], kind: str) -> Iterator[str | Any]:
    """("found" or "missed", planted, signals) for each planted one, ("false", None, signal) for each other signal."""
    for source in sorted({one.row["source"] for one in gold}):
        own = [one for one in gold if one.row["source"] == source and one.row[f"is_{kind}"]]
        here = [pair for key, pairs in found.items() if key.endswith(source) for pair in pairs if pair[0].kind == kind]
        met = set()
        for one in own:
            hits = [signal for signal, utterance in here if one.meets(signal, utterance.text)]
            met |= {hit.id for hit in hits}
            yield ("found" if hits else "missed"), one, hits
        yield from (("false", None, signal) for signal, _ in here if signal.id not in met)


def line(name: str, outcomes: Sequence[Any]) -> str:
    """A row of the table."""
    n_planted = sum(state != "false" for state, *_ in outcomes)
    found = sum(state == "found" for state, *_ in outcomes)
    right = sum(len(hits) for state, _, hits in outcomes if state == "found")
    false = sum(state == "false" for state, *_ in outcomes)
    pairs = [(one.row["label"], hits[0].label) for state, one, hits in outcomes if state == "found"]
    named = [pair for pair in pairs if pair[0]]
    types = f"{sum(planted == said for planted, said in named)} of {len(named)}" if named else ""
    precision = f"{right / max(1, right + false):.2f} ({right} of {right + false})"
    return f"| {name} | {found / max(1, n_planted):.2f} ({found} of {n_planted}) | {precision} | {types} |"


def write_log(path: Path, gold: Sequence[Planted], found: dict[str, list[tuple[Signal, Utterance]]]) -> None:
    """Every planted item with what was found of it, and every signal that is none."""
    lines = ["# What was planted in the sample calls, and what was found", ""]
    for kind in KINDS:
        lines += [f"## {kind.capitalize()}s", ""]
        for state, one, hits in match(gold, found, kind):
            if state == "false":
                lines.append(f"- FALSE `{hits.utterance_id[:8]}` {hits.label} {hits.score:.2f}: {hits.text}")
                continue
            row = one.row
            lines.append(f"- {state} `{row['id']}` {row['label'] or ''}: {row['text']}")
            lines += [f"  - heard: {hit.text} ({hit.label}, {hit.score:.2f})" for hit in hits]
        lines.append("")
    path.write_text("\n".join(lines), "utf-8")


def main() -> None:
    """Print the table, write the log."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--week", help="ISO week, as 2026-W45: the log holds only that week's conversations")
    chosen = parser.parse_args()
    gold, heard = read_gold(), read_found(chosen.store)
    written = from_scripts(gold)
    print("| part | recall | precision | type right |\n|---|---|---|---|")
    parts = (
        ("calls, from audio", True, heard),
        ("calls, from scripts", True, written),
        ("mails and meetings, as read from files", False, heard),
    )
    for kind in KINDS:
        for name, is_sound, found in parts:
            own = [one for one in gold if one.row["source"].startswith(SOUNDS) == is_sound]
            print(line(f"{kind}s, {name}", list(match(own, found, kind))))
    if chosen.log:
        in_week = [one for one in gold if not chosen.week or chosen.week in weeks_of(one, heard, chosen.store)]
        write_log(chosen.log, in_week, heard)


def weeks_of(one: Planted, _: Any, store: Path) -> set[str]:
    """The ISO week of an utterance's conversation."""
    with Store(store) as opened:
        return {
            f"{at.year}-W{at.week:02d}"
            for conversation in opened.conversations()
            if conversation.source.endswith(one.row["source"]) and conversation.started_at
            for at in [conversation.started_at.isocalendar()]
        }


if __name__ == "__main__":
    main()
