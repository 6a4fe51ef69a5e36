"""How long grouping takes and how much memory, from a thousand items to a million, with vectors given.

Half of the items recur: 2 * sqrt(n) themes, their sizes by Zipf's law, in 40 subjects; members have a mean cosine of
about 0.45 to each other, themes of one subject of 0.1, and all items share a component. The other half is said once.
The texts are those of labelled intents (banking77, CLINC150, HWU64), one intent a theme, so that naming has real work.

Each line is a process of its own: seconds by the clock and of the processor, and its peak memory, vectors and all. The
week is 2,000 items on top of so many, whose themes are those planted. ARI is that of the recurring items. Run:

    python tests/benchmarks/scale.py [--bertopic PYTHON] [--sizes 1000,10000,100000,1000000]

PYTHON has BERTopic with umap-learn and hdbscan, which the project does without:

    python -m venv VENV
    VENV/bin/pip install --no-deps bertopic==0.17.4 umap-learn hdbscan
    VENV/bin/pip install numba pynndescent scikit-learn pandas plotly tqdm pyyaml
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from spacy.language import Language

    from insights.themes import Grouping, Item, Memory
    from insights.types import Theme

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
INTENTS = ("banking77_train", "clinc150_val", "hwu64")
SIZES = (1_000, 10_000, 100_000, 1_000_000)
LIMIT_S = 900  # that BERTopic may take
DIM = 384
N_SUBJECTS = 40
NOISE = 1.2  # squared length of what is a member's own, against 1 of its theme
SHARE_ONCE = 0.5
N_WEEK = 2000  # items
ROWS_AT_ONCE = 50_000

Vectors = NDArray[np.float32]
Clusters = Sequence[int | None]  # by item; None is in no group


@dataclass(frozen=True, slots=True)
class World:
    """Items as they were planted."""

    texts: Sequence[str]
    vectors: Vectors  # (n, DIM) unit rows
    planted: NDArray[np.int64]  # theme of each item, -1 where it is said once


def make_world(n: int) -> World:
    """So many items, always the same."""
    rng = np.random.default_rng(n)
    n_themes = round(2 * n**0.5)
    shares = 1 / np.arange(1, n_themes + 1)
    planted = rng.choice(n_themes, size=n, p=shares / shares.sum())
    planted[rng.random(n) < SHARE_ONCE] = -1
    subjects, own = directions(rng, N_SUBJECTS), directions(rng, n_themes)
    centres = unit(0.5 * subjects[rng.integers(N_SUBJECTS, size=n_themes)] + own)
    common = 0.5 * directions(rng, 1)
    vectors = np.empty((n, DIM), dtype=np.float32)
    for start in range(0, n, ROWS_AT_ONCE):
        part = slice(start, min(start + ROWS_AT_ONCE, n))
        noise = directions(rng, len(planted[part])) * np.float32(NOISE**0.5)
        vectors[part] = unit(noise + common + np.where(planted[part, None] >= 0, centres[planted[part]], 0))
    return World(make_texts(planted, rng), vectors, planted)


def directions(rng: np.random.Generator, n: int) -> Vectors:
    """Unit vectors in all directions."""
    return unit(rng.standard_normal((n, DIM), dtype=np.float32))


def unit(rows: Vectors) -> Vectors:
    """The rows at length 1."""
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def make_texts(planted: NDArray[np.int64], rng: np.random.Generator) -> list[str]:
    """A real text of an intent for each item; what is said once has any."""
    texts_by_intent: dict[str, list[str]] = defaultdict(list)
    for name in INTENTS:
        for line in (SHARED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            texts_by_intent[f"{name} {row['label']}"].append(row["text"])
    pools = [texts_by_intent[intent] for intent in sorted(texts_by_intent)]
    chosen = np.where(planted >= 0, planted % len(pools), rng.integers(len(pools), size=len(planted)))
    draws = rng.random(len(planted))
    return [pools[pool][int(draw * len(pools[pool]))] for pool, draw in zip(chosen.tolist(), draws, strict=True)]


class Clock:
    """Seconds by the clock and of the processor, all threads together, since it was started."""

    def start(self) -> None:
        """Forget what was before."""
        self._begun = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Both."""
        return time.perf_counter() - self._begun[0], time.process_time() - self._begun[1]


def run_partition(world: World, clock: Clock) -> Clusters:
    """Group vectors, nothing else."""
    from insights.themes import cluster_vectors

    clock.start()
    return cluster_vectors(world.vectors)


def run_group(world: World, clock: Clock) -> Clusters:
    """Themes with names and sureness, the first time."""
    from insights.themes import Memory

    load_tools()
    clock.start()
    return clusters_of(group_part(world, len(world.texts), Memory("question"), {}), len(world.texts))


def run_placing(world: World, clock: Clock) -> Clusters:
    """The same week given its themes, without names."""
    from insights.themes import GroupOptions
    from insights.themes.identity import assign

    n = len(world.texts)
    memory, _ = plant(world, n - N_WEEK)
    items = items_of(world, n)
    clock.start()
    theme_ids = assign(items, world.vectors, memory, GroupOptions()).theme_ids
    return [int(theme_id[2:]) if theme_id else None for theme_id in theme_ids]


def run_week(world: World, clock: Clock) -> Clusters:
    """One week on top of the planted themes, which were named and rated before."""
    n = len(world.texts)
    memory, known = plant(world, n - N_WEEK)
    load_tools()
    clock.start()
    return clusters_of(group_part(world, n, memory, known), n)


def run_bertopic(world: World, clock: Clock) -> Clusters:
    """BERTopic as it comes."""
    from bertopic import BERTopic

    clock.start()
    topics, _ = BERTopic().fit_transform(list(world.texts), embeddings=world.vectors)
    return [topic if topic >= 0 else None for topic in topics]


RUNS: dict[str, Callable[[World, Clock], Clusters]] = {
    "vectors alone": run_partition,
    "themes, named and rated": run_group,
    "one more week, vectors alone": run_placing,
    "one more week": run_week,
    "BERTopic defaults": run_bertopic,
}


def group_part(world: World, n: int, memory: Memory, known: Mapping[str, Theme]) -> Grouping:
    """The themes of the first n items, as the pipeline makes them."""
    from insights import signals, themes

    nlp = load_tools()
    return themes.group(
        items_of(world, n),
        world.vectors[:n],
        memory,
        nlp=nlp,
        has_personal=lambda text: bool(signals.find_personal(text, nlp)),
        run=themes.Run(known=known),
    )


def items_of(world: World, n: int) -> list[Item]:
    """The first n items, of n / 20 accounts."""
    from insights.themes import Item

    n_accounts = max(20, n // 20)
    return [Item(f"{row:08d}", world.texts[row], f"account {row % n_accounts}") for row in range(n)]


def plant(world: World, n: int) -> tuple[Memory, dict[str, Theme]]:
    """What a run over the first n items would have left, had it found just what was planted."""
    from insights.themes import GroupOptions, Laid, Memory, ThemeState
    from insights.themes.carrying import key_of_theme
    from insights.themes.space import find_centre
    from insights.types import Theme

    items, states, known = items_of(world, n), [], {}
    rows_by_theme: dict[int, list[int]] = defaultdict(list)
    for row, theme in enumerate(world.planted[:n].tolist()):
        rows_by_theme[theme].append(row)
    waiting = tuple(items[row].id for row in rows_by_theme.pop(-1))
    for number, rows in sorted(rows_by_theme.items()):
        theme_id, members = f"Q-{number + 1:04d}", [items[row] for row in rows]
        ids = tuple(item.id for item in members)
        states.append(ThemeState(theme_id, ids))
        key = key_of_theme(theme_id, members, GroupOptions(), Laid({}, {}))
        known[key] = Theme(theme_id, "question", theme_id, members[0].text, ids[0], (), ids, 0.5)
    centre = find_centre(world.vectors[:n])
    return Memory("question", tuple(states), waiting, max(rows_by_theme) + 2, centre, n, n_grouped=n), known


@lru_cache(maxsize=1)
def load_tools() -> Language:
    """SpaCy's pipeline, loaded before the clock starts."""
    from insights.models import load_spacy

    return load_spacy()


def clusters_of(grouping: Grouping, n: int) -> Clusters:
    """A theme's number for each item, None for none."""
    clusters: list[int | None] = [None] * n
    for number, theme in enumerate(grouping.themes):
        for item_id in theme.signal_ids:
            clusters[int(item_id)] = number
    return clusters


def measure(name: str, size: int) -> None:
    """Write one line of the table."""
    from sklearn.metrics import adjusted_rand_score

    clock = Clock()
    world = make_world(size + N_WEEK if name.startswith("one more week") else size)
    clusters = RUNS[name](world, clock)
    wall_s, cpu_s = clock.read()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # on Linux, kilobytes
    recurs = world.planted >= 0
    found = [cluster if cluster is not None else -1 - row for row, cluster in enumerate(clusters)]
    agreement = 100 * adjusted_rand_score(world.planted[recurs], np.array(found)[recurs])
    n_groups = len(set(clusters) - {None})
    share = 100 * sum(cluster is not None for cluster in clusters) / len(clusters)
    planted = len(set(world.planted[recurs].tolist()))
    sys.stdout.write(
        f"| {size:,} | {name} | {wall_s:.1f} | {cpu_s:.1f} | {peak_mb:,.0f} | {n_groups} of {planted} "
        f"| {agreement:.1f} | {share:.0f} % |\n"
    )


def main() -> None:
    """Write the table, each line by a process of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bertopic", default="", metavar="PYTHON")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--runs", default="; ".join(RUNS), help="of these")
    parser.add_argument("--alone", action="store_true", help="in this process; of the first run and size")
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    if given.alone:
        measure(given.runs, sizes[0])
        return
    sys.stdout.write("| items | what | seconds | of the processor | peak MB | groups of planted | ARI | in a group |\n")
    sys.stdout.write("|--:|---|--:|--:|--:|--:|--:|--:|\n")
    for name in (name for name in RUNS if name in given.runs.split("; ")):
        python = given.bertopic if name == "BERTopic defaults" else sys.executable
        for size in sizes if python else ():
            sys.stdout.flush()
            command = [python, __file__, "--alone", "--runs", name, "--sizes", str(size)]
            limit_s = LIMIT_S if name == "BERTopic defaults" else None
            try:
                subprocess.run(command, check=True, timeout=limit_s)
            except subprocess.TimeoutExpired:
                sys.stdout.write(f"| {size:,} | {name} | more than {LIMIT_S} | | | | | |\n")
                break


if __name__ == "__main__":
    main()
