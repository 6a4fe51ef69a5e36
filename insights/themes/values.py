"""What themes take and give: items to group, what the last run remembers, the groups and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from insights.types import Change, Edit, Regrouping, Theme, ThemeKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]  # (n, dim), unit rows
    Labels = NDArray[np.int64]  # (n,), -1 is alone


PREFIXES: dict[ThemeKind, str] = {"question": "Q", "objection": "O", "topic": "T"}  # of themes' ids


@dataclass(frozen=True, slots=True)
class Item:
    """Something said that may belong to a theme: a signal, or an utterance where topics are wanted."""

    id: str
    text: str  # verbatim
    source: str = ""  # conversation or mail thread; items of one source alone make no theme; "" counts as its own
    label: str = ""  # type of objection or kind of question, as a hint; "" if none
    weight: float = 1.0  # 0-1, the detector's score
    conversation_id: str = ""  # where a person's edit looks for the words, should the id change
    wording: str = ""  # readable by itself, where the text is not
    context: str = ""  # what it was said in, verbatim


@dataclass(frozen=True, slots=True)
class GroupOptions:
    """How alike things must be.

    The defaults were chosen on public intent sets (tests/benchmarks/themes.py), `label_weight` on the sample calls.
    """

    threshold: float = 0.5375  # mean cosine of smoothed vectors from which items belong together: higher is finer
    sure_threshold: float = 0.35  # the same of plain vectors, where there is little to go by
    finer: float = 0.175  # added to the threshold where themes are cut into sub-themes
    sure_finer: float = 0.1  # the same of the sure threshold
    gate: float = 0.15  # a member whose mean cosine of plain vectors to the others is lower is alone
    n_little: int = 50  # fewer items than this are little to go by
    n_neighbors: int = 10  # over which vectors are smoothed
    n_rounds: int = 3
    n_direct: int = 5000  # more items than this are grouped by the small clusters that they form
    n_micro: int = 4000
    label_weight: float = 0.2  # how much an equal type or kind adds, against 1 for the words: they are often wrong
    min_items: int = 2
    min_sources: int = 2
    growth: float = 1.5  # times the items of the last full grouping, from which themes are held against a new one
    agreement: float = 0.9  # adjusted Rand index with the new grouping; lower, and it takes the place of the old one
    seed: int = 0


def options_of(grain: float) -> GroupOptions:
    """Options for a grain from 0 (coarse: few broad themes) to 1 (fine: many narrow ones); at 0.25 the defaults.

    >>> options_of(0.25) == GroupOptions()
    True
    """
    return GroupOptions(threshold=round(0.45 + 0.35 * grain, 6), sure_threshold=round(0.3 + 0.2 * grain, 6))


@dataclass(frozen=True, slots=True)
class Method:
    """What themes were made with; where it is another now, all items are grouped anew."""

    embedder: str = ""  # key of the model that made the vectors; "" if not known
    version: str = ""  # of the grouping
    options: str = ""  # key of the options that the caller set


@dataclass(frozen=True, slots=True)
class Run:
    """What a run brings to the grouping beside its items and their memory."""

    edits: Sequence[Edit] = ()  # all that people decided
    known: Mapping[str, Theme] = field(default_factory=dict)  # themes of earlier runs by their keys (`Grouping.keys`)
    method: Method = Method()  # what made the vectors, and how they are grouped
    anew: str = ""  # why all is to be grouped anew, as a clause; "" for only if it must


@dataclass(frozen=True, slots=True)
class ThemeState:
    """A theme as the next run must know it."""

    id: str
    member_ids: tuple[str, ...]  # sorted; as people left them


@dataclass(frozen=True, slots=True)
class Memory:
    """What the next run must know of one kind of theme. `Memory("question")` is the first run's."""

    kind: ThemeKind
    themes: tuple[ThemeState, ...] = ()  # by id; dismissed ones go on here, and draw in what fits them
    waiting: tuple[str, ...] = ()  # ids of items seen that the grouping put in no theme, sorted
    next_number: int = 1  # numbers below are taken for good
    centre: tuple[float, ...] = ()  # subtracted from every vector; frozen, so that old decisions stay
    n_centre: int = 0  # items that the centre was taken from
    homes: tuple[tuple[str, str], ...] = ()  # item, theme without edits ("" is none), where people put it elsewhere
    dismissed: tuple[str, ...] = ()  # ids of themes that people said are none
    method: Method = Method()
    n_grouped: int = 0  # items when all of them were last grouped anew, or the themes held against that


@dataclass(frozen=True, slots=True)
class Grouping:
    """Themes, what is in none of them, and what the next run must know."""

    themes: tuple[Theme, ...]  # by id
    unassigned: tuple[str, ...]  # item ids, sorted: asked or said once, or moved out of all by a person
    memory: Memory
    history: tuple[Change, ...]  # by theme id
    notes: tuple[str, ...]  # how it was done and what was left out, in sentences
    regrouping: Regrouping | None = None  # where all was grouped anew, though there were themes
    centroids: Mapping[str, Vectors] = field(default_factory=dict)  # theme id -> (dim,) float32, unit length
    keys: Mapping[str, str] = field(default_factory=dict)  # theme id -> key of what its name and sureness rest on


def memory_to_json(memory: Memory) -> dict[str, object]:
    """A memory as plain JSON values, for the store."""
    return {
        "kind": memory.kind,
        "themes": {state.id: list(state.member_ids) for state in memory.themes},
        "waiting": list(memory.waiting),
        "next_number": memory.next_number,
        "centre": list(memory.centre),
        "n_centre": memory.n_centre,
        "homes": dict(memory.homes),
        "dismissed": list(memory.dismissed),
        "method": asdict(memory.method),
        "n_grouped": memory.n_grouped,
    }


def memory_from_json(kept: Mapping[str, object]) -> Memory:
    """The memory that memory_to_json wrote; earlier ones knew no edits, or not what they were made with."""
    themes, waiting, centre = kept["themes"], kept["waiting"], kept["centre"]
    kind, next_number, n_centre = kept["kind"], kept["next_number"], kept["n_centre"]
    homes, dismissed = kept.get("homes", {}), kept.get("dismissed", [])
    method, n_grouped = kept.get("method", {}), kept.get("n_grouped", 0)
    assert isinstance(method, dict) and isinstance(n_grouped, int)
    assert isinstance(homes, dict) and isinstance(dismissed, list)
    assert isinstance(themes, dict) and isinstance(waiting, list) and isinstance(centre, list)
    assert isinstance(next_number, int) and isinstance(n_centre, int)
    assert kind in ("question", "objection", "topic")
    return Memory(
        kind=kind,
        themes=tuple(ThemeState(theme_id, tuple(themes[theme_id])) for theme_id in sorted(themes)),
        waiting=tuple(waiting),
        next_number=next_number,
        centre=tuple(centre),
        n_centre=n_centre,
        homes=tuple(sorted(homes.items())),
        dismissed=tuple(dismissed),
        method=Method(**method),
        n_grouped=n_grouped,
    )
