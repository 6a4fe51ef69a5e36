"""Grain, sub-themes, what the words for sureness are worth, and twenty titles, as Markdown.

On the sets that settings were chosen on, with our own embedder. Run: python tests/benchmarks/levels.py [STORE]; with a
store of the sample calls, ten titles are drawn from it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from themes import IN_SMALL, Vectors, read_set, score, small_weeks
from themes import SETS as EVERY_SET

from insights import open as open_store
from insights.models import Embedder, load_spacy, load_theme_embedder
from insights.signals import find_personal
from insights.themes import Item, Memory, cluster_vectors, group, normalise, options_of
from insights.themes.levels import make_cutter
from insights.themes.partition import partition, without_sources
from insights.themes.space import find_centre, members_of, prepare
from insights.themes.sureness import find_stability
from insights.types import SURE_FROM

SETS = tuple(name for name in EVERY_SET if name != "banking77_train")  # which is for reporting only
GRAINS = (0.0, 0.15, 0.25, 0.35, 0.5, 0.65, 0.75, 1.0)
UNSEEN = tuple(
    f"multidogo_{name}_train" for name in ("airline", "fastfood", "finance", "insurance", "media", "software")
)  # for the grain only
N_UNSEEN = 900  # rows of each
MIN_ROWS = 4  # fewer cannot fall into two parts
MIXED = 0.8  # a theme with a smaller share of one intent holds several
ONE_INTENT = 0.7  # overlap (Jaccard) with an intent, from which a theme is that intent
N_TITLES = 10
OPTIONS = without_sources(options_of(0.25))


@dataclass(frozen=True, slots=True)
class Set:
    """Labelled rows with their vectors."""

    name: str
    texts: list[str]
    gold: list[str]
    vectors: Vectors

    def chosen(self, rows: Sequence[int], name: str = "small sets") -> Set:
        """Some of the rows."""
        texts, gold = ([values[row] for row in rows] for values in (self.texts, self.gold))
        return Set(name, texts, gold, self.vectors[list(rows)])

    def chosen_few(self, n: int) -> Set:
        """At most n of the rows, drawn by a fixed seed."""
        return self.chosen(sorted(np.random.default_rng(1).permutation(len(self.gold))[:n].tolist()), self.name)


@dataclass(frozen=True, slots=True)
class Found:
    """A theme held against the intents of its members."""

    of_small: bool
    stability: float
    purity: float  # share of its commonest intent
    overlap: float  # Jaccard, with the intent that it is most like
    n_rows: int
    parts: tuple[tuple[int, int], ...]  # rows of each sub-theme, and of its commonest intent


def read_sets(names: Sequence[str], embed: Embedder) -> Iterator[Set]:
    """The sets of these names."""
    for name in names:
        texts, gold = read_set(name)
        yield Set(name, texts, gold, embed([normalise(text) for text in texts]))


def write(*lines: str) -> None:
    """Write lines."""
    sys.stdout.write("\n".join(lines) + "\n")


def write_grains(sets: Iterable[Set]) -> None:
    """Write ACC / NMI / ARI (groups) of each set at each grain."""
    write(f"| set | {' | '.join(f'{grain:g}' for grain in GRAINS)} |", f"|---|{'---|' * len(GRAINS)}")
    for one in sets:
        parts = (
            [one.chosen(rows) for rows in small_weeks(one.gold)] if one.name in IN_SMALL or one.name in UNSEEN else []
        )
        write(f"| {one.name} | {' | '.join(_score([one], grain) for grain in GRAINS)} |")
        if parts:
            write(f"| {one.name}, small | {' | '.join(_score(parts, grain) for grain in GRAINS)} |")


def _score(sets: Sequence[Set], grain: float) -> str:
    scores = [score(one.gold, cluster_vectors(one.vectors, options_of(grain))) for one in sets]
    acc, nmi, ari, n_groups, _ = np.mean(scores, axis=0)
    return f"{acc:.1f} / {nmi:.1f} / {ari:.1f} ({n_groups:.0f})"


def find_themes(one: Set, *, of_small: bool) -> Iterator[Found]:
    """The themes of a set with their stability and what they fall into."""
    nothing = [""] * len(one.gold)
    space = prepare(one.vectors, find_centre(one.vectors), nothing, 0.0)
    cutter, sizes = make_cutter(space, nothing, OPTIONS), Counter(one.gold)
    for rows in members_of(partition(space, nothing, OPTIONS)).values():
        held = Counter(one.gold[row] for row in rows)
        overlap = max(n / (len(rows) + sizes[intent] - n) for intent, n in held.items())
        parts = [Counter(one.gold[row] for row in part) for part in cutter.cut(rows)]
        yield Found(
            of_small,
            find_stability(space, rows, OPTIONS),
            max(held.values()) / len(rows),
            overlap,
            len(rows),
            tuple((part.total(), max(part.values())) for part in parts),
        )


def write_parts(found: Sequence[Found]) -> None:
    """Write how often themes fall into parts, those of several intents and those of one."""
    write("| sets | themes of | themes | with parts | purity: theme | its parts |", "|---|---|---:|---:|---:|---:|")
    large = [one for one in found if one.n_rows >= MIN_ROWS]
    for of_small in (False, True):
        for is_mixed in (True, False):
            those = [one for one in large if one.of_small == of_small and (one.purity < MIXED) == is_mixed]
            split = [one for one in those if one.parts]
            before = np.mean([one.purity for one in split])
            after = np.mean([sum(most for _, most in one.parts) / sum(n for n, _ in one.parts) for one in split])
            name = f"{'small' if of_small else 'whole'} | {'several intents' if is_mixed else 'one intent'}"
            shares = f"{100 * len(split) / len(those):.0f} % | {100 * before:.0f} % | {100 * after:.0f} %"
            write(f"| {name} | {len(those)} | {shares} |")


def write_sureness(found: Sequence[Found]) -> None:
    """Write how many themes of each word were one intent."""
    write("| themes | stability from | of whole sets | of small sets | all |", "|---|---:|---:|---:|---:|")
    for word, low, high in (("sure", SURE_FROM, 1.01), ("less sure", 0.0, SURE_FROM)):
        those = [one for one in found if low <= one.stability < high]
        cells = []
        for chosen in (
            [one for one in those if not one.of_small],
            [one for one in those if one.of_small],
            those,
        ):
            n_one = sum(one.overlap >= ONE_INTENT for one in chosen)
            cells.append(f"{n_one} of {len(chosen)} ({100 * n_one / len(chosen):.0f} %)")
        write(f"| {word} | {low:g} | {' | '.join(cells)} |")


def write_titles(where: str, titles: Sequence[tuple[str, int, str, str]]) -> None:
    """Write titles drawn by a fixed seed: id, members, label, canonical wording."""
    for place in sorted(np.random.default_rng(5).permutation(len(titles))[:N_TITLES].tolist()):
        theme_id, n_members, label, canonical = titles[place]
        write(f"| {where} | {theme_id} ({n_members}) | {label} | “{canonical}” | |")


def main() -> None:
    """Write all tables."""
    embed, nlp = load_theme_embedder(), load_spacy()
    sets = list(read_sets(SETS, embed))
    write_grains([*sets, *(one.chosen_few(N_UNSEEN) for one in read_sets(UNSEEN, embed))])
    found = []
    for one in sets:
        found += find_themes(one, of_small=False)
        for rows in small_weeks(one.gold) if one.name in IN_SMALL else ():
            found += find_themes(one.chosen(rows), of_small=True)
    write_parts(found)
    write_sureness(found)
    write("| from | theme (items) | label | customers' words | what is wrong |", "|---|---|---|---|---|")
    if len(sys.argv) > 1:
        frame = open_store(Path(sys.argv[1])).themes
        frame = frame[frame.kind != "topic"]
        write_titles("sample calls", list(zip(frame.id, frame.n_signals, frame.label, frame.canonical, strict=True)))
    items = [Item(f"s{row:05d}", text) for row, text in enumerate(sets[0].texts)]
    grouping = group(
        items,
        sets[0].vectors,
        Memory("question"),
        nlp=nlp,
        has_personal=lambda text: bool(find_personal(text, nlp)),
    )
    write_titles("insurance", [(one.id, len(one.signal_ids), one.label, one.canonical) for one in grouping.themes])


if __name__ == "__main__":
    main()
