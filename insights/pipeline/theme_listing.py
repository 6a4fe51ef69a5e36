"""Which themes there are, with their reach and what people did to them; dismissed ones too, if wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from insights.config import Settings
from insights.errors import UsageError
from insights.outputs.findings import find_mentions
from insights.outputs.sureness import measure_cover
from insights.outputs.wording import cover_words, part_words, sureness_words
from insights.pipeline.loading import load_findings, open_existing
from insights.pipeline.placing import Placed, find_theme, read_placed
from insights.store import Store
from insights.types import Theme, ThemeKind


@dataclass(frozen=True, slots=True)
class ListedTheme:
    """One line of `insights themes list`."""

    id: str
    kind: ThemeKind
    label: str
    reach: int  # accounts, else conversations
    n_items: int
    stability: float | None  # 0-1; None of a dismissed theme, and of one that no run has taken in yet
    sureness: str = ""  # the word for it
    marks: tuple[str, ...] = ()  # "pinned", "renamed", "dismissed", "not taken in yet"


@dataclass(frozen=True, slots=True)
class ShownItem:
    """One item of a theme: a signal, or for a topic an utterance."""

    id: str
    text: str
    source: str  # file name of the conversation


@dataclass(frozen=True, slots=True)
class ShownTheme:
    """A theme with its items, best first."""

    listed: ListedTheme
    canonical: str  # "" where none is known
    keywords: tuple[str, ...]
    items: tuple[ShownItem, ...]
    sureness: str = ""  # in words: "less sure (stability 0.52, cohesion 0.30)"
    variants: tuple[str, ...] = ()  # other wordings, the most different first
    sub_themes: tuple[str, ...] = ()  # each in words: "“What does support cost?” (said 2 times)"


def list_themes(settings: Settings, kind: str = "", *, dismissed: bool = False) -> tuple[ListedTheme, ...]:
    """The themes as all edits leave them, widest reach first; with `dismissed`, those as well, last."""
    with open_existing(settings) as store:
        by_kind = read_placed(store)
        if kind and kind not in by_kind:
            raise UsageError(f"No kind of theme '{kind}'; there are {', '.join(by_kind)}.")
        known = {theme.id: theme for theme in store.themes()}
    listed = [one for placed in by_kind.values() if kind in ("", placed.kind) for one in _list_kind(placed, known)]
    chosen = [one for one in listed if dismissed or "dismissed" not in one.marks]
    return tuple(sorted(chosen, key=lambda one: ("dismissed" in one.marks, -one.reach, -one.n_items, one.id)))


def show_theme(settings: Settings, theme: str) -> ShownTheme:
    """A theme with all its items; UsageError where it is none."""
    with open_existing(settings) as store:
        by_kind = read_placed(store)
        known = {one.id: one for one in store.themes()}
        dismissed = [(one, theme.strip().upper()) for one in by_kind.values()]
        hidden = next((pair for pair in dismissed if pair[1] in pair[0].laid.dismissed), None)
        placed, theme_id = hidden or find_theme(by_kind, theme)
        listed = next(one for one in _list_kind(placed, known) if one.id == theme_id)
        found = known.get(theme_id)
        return ShownTheme(
            listed=listed,
            canonical=found.canonical if found else "",
            keywords=found.keywords if found else (),
            items=tuple(_show_items(store, placed, theme_id, found)),
            sureness=sureness_words(found) if found else "",
            variants=tuple(one.text for one in found.variants) if found else (),
            sub_themes=tuple(part_words(one) for one in found.sub_themes) if found else (),
        )


def sum_up_themes(settings: Settings) -> tuple[str, ...]:
    """How much of what customers said was in themes at the last run, and how sure these were, a sentence a kind."""
    with open_existing(settings) as store:
        findings = load_findings(store)
    return tuple(cover_words(one) for one in measure_cover(findings, find_mentions(findings, settings.zone)))


def _show_items(store: Store, placed: Placed, theme_id: str, found: Theme | None) -> Iterator[ShownItem]:
    source_of = {one.id: Path(one.source).name for one in store.conversations()}
    rank = {item_id: number for number, item_id in enumerate(found.signal_ids)} if found else {}
    for item in sorted(placed.members(theme_id), key=lambda item: (rank.get(item.id, len(rank)), item.id)):
        yield ShownItem(item.id, item.text, source_of[item.conversation_id])


def _list_kind(placed: Placed, known: dict[str, Theme]) -> Iterator[ListedTheme]:
    laid = placed.laid
    members: dict[str, set[str]] = {}
    sizes: dict[str, int] = {}
    for item in placed.items:
        theme_id = laid.theme_by_item[item.id]
        members.setdefault(theme_id, set()).add(item.source)
        sizes[theme_id] = sizes.get(theme_id, 0) + 1
    for theme_id in sorted(sizes):
        if laid.is_shown(theme_id) or theme_id in laid.dismissed:
            theme = None if theme_id in laid.dismissed else known.get(theme_id)
            label = laid.labels.get(theme_id) or (theme.label if theme else laid.dismissed.get(theme_id, ""))
            stability = theme.stability if theme else None
            marks = tuple(_marks(theme_id, placed, theme))
            numbers = len(members[theme_id]), sizes[theme_id], stability, theme.sureness if theme else ""
            yield ListedTheme(theme_id, placed.kind, label, *numbers, marks)


def _marks(theme_id: str, placed: Placed, theme: Theme | None) -> Iterator[str]:
    laid = placed.laid
    if theme_id in laid.dismissed:
        yield "dismissed"
    elif theme is None:
        yield "not taken in yet"
    if theme_id in laid.pinned:
        yield "pinned"
    if theme_id in laid.labels:
        yield "renamed"
