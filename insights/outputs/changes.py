"""What changed since last week, in plain sentences that carry their counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from insights.outputs.wording import MAX_TITLE, count, cut, one_line, short_week
from insights.types import Quote, ThemeWeek, Trend

MIN_CHANGE = 2  # accounts more or fewer than last week that are worth a sentence where no trend is shown
OPENINGS: dict[Trend, str] = {"new": "New", "rising": "Rising", "fading": "Fading"}


def describe_changes(
    objections: Sequence[ThemeWeek],
    questions: Sequence[ThemeWeek],
    unanswered: Sequence[Quote],
    weeks: Sequence[str],
    conversations: Sequence[int],
    accounts: Sequence[int],
) -> tuple[str, ...]:
    """Say what changed, most important first; where nothing can be said, say why."""
    shown = [("objection", one) for one in objections] + [("question", one) for one in questions]
    sentences = list(_describe_trends(shown, weeks, accounts))
    if conversations[-2]:
        sentences += _describe_moves(shown, accounts)
        sentences += _describe_silence(shown, accounts)
    else:
        sentences.append(f"No conversations in {short_week(weeks[-2])}: too few to say what changed since last week.")
    sentences += _describe_most_said(objections, questions, accounts[-1])
    sentences += _describe_unanswered(unanswered, questions)
    return tuple(sentences)


def quote_title(shown: ThemeWeek) -> str:
    """Put a theme's real wording in quotation marks, a cut marked outside them.

    Without one, and where a person gave the theme its label, that stands bare.
    """
    if shown.theme.renamed or not shown.theme.canonical:
        return shown.theme.label
    words = one_line(shown.theme.canonical)
    beginning = cut(words, MAX_TITLE)
    return f"“{beginning}”" + (" …" if beginning != words else "")


def _describe_trends(
    shown: Iterable[tuple[str, ThemeWeek]], weeks: Sequence[str], accounts: Sequence[int]
) -> Iterator[str]:
    order: list[Trend] = ["new", "rising", "fading"]
    marked = [(kind, one) for kind, one in shown if one.trend in order]
    for kind, one in sorted(marked, key=lambda pair: (order.index(pair[1].trend), -pair[1].n_accounts)):
        now = f"{one.n_accounts} of {count(accounts[-1], 'account')}"
        if one.trend == "new":
            first = next(week for week, reach in zip(weeks, one.reach_by_week, strict=True) if reach)
            then = f"not heard before {short_week(first)}"
        else:
            then = f"{one.reach_by_week[-2]} of {accounts[-2]} last week" if accounts[-2] else "none met last week"
        yield f"{OPENINGS[one.trend]} {kind}: {quote_title(one)} – {now}, {then}."


def _describe_moves(shown: Iterable[tuple[str, ThemeWeek]], accounts: Sequence[int]) -> Iterator[str]:
    """Name larger moves that no trend word covers; a theme gone silent has its own sentence."""
    moved = [
        (kind, one)
        for kind, one in shown
        if one.trend not in OPENINGS and one.n_accounts and abs(one.change or 0) >= MIN_CHANGE
    ]
    for kind, one in sorted(moved, key=lambda pair: -abs(pair[1].change or 0)):
        opening = "More" if (one.change or 0) > 0 else "Fewer"
        yield (
            f"{opening} accounts with the {kind} {quote_title(one)} – {one.n_accounts} of {accounts[-1]}, "
            f"last week {one.reach_by_week[-2]} of {accounts[-2]}; too few to call it a trend."
        )


def _describe_silence(shown: Iterable[tuple[str, ThemeWeek]], accounts: Sequence[int]) -> Iterator[str]:
    for kind, one in shown:
        if not one.n_accounts and one.reach_by_week[-2] >= MIN_CHANGE and one.trend not in OPENINGS:
            yield (
                f"Not heard this week: the {kind} {quote_title(one)} – "
                f"last week {one.reach_by_week[-2]} of {count(accounts[-2], 'account')}."
            )


def _describe_most_said(
    objections: Sequence[ThemeWeek], questions: Sequence[ThemeWeek], n_accounts: int
) -> Iterator[str]:
    for what, kind, themes in (("heard objection", "objection", objections), ("asked", "question", questions)):
        if themes and themes[0].n_accounts:
            first = themes[0]
            now = f"{first.n_accounts} of {count(n_accounts, 'account')}"
            yield f"Most {what}: {quote_title(first)} – {now}, {_compare(first)}."
        else:
            yield f"No recurring {kind} this week: too few to say."


def _compare(shown: ThemeWeek) -> str:
    if shown.change is None:
        return f"heard from {shown.total_accounts} in the weeks shown"
    if not shown.change:
        return "as many as last week"
    return f"{abs(shown.change)} {'more' if shown.change > 0 else 'fewer'} than last week"


def _describe_unanswered(unanswered: Sequence[Quote], questions: Sequence[ThemeWeek]) -> Iterator[str]:
    if not unanswered:
        return
    open_ids = {quote.signal_id for quote in unanswered}
    most = max(questions, key=lambda one: len(open_ids & set(one.theme.signal_ids)), default=None)
    n_most = len(open_ids & set(most.theme.signal_ids)) if most else 0
    about = f"; {n_most} of them like {quote_title(most)}" if most and n_most > 1 else ""
    yield f"{count(len(unanswered), 'question')} got no answer this week{about}."
