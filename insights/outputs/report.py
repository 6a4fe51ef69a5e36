"""The weekly report as a value: counted once here, then rendered in several shapes that say the same numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo

from insights.outputs.changes import describe_changes
from insights.outputs.coverage import measure_coverage
from insights.outputs.differences import DIFFERENCE_METHOD, compare_groups
from insights.outputs.findings import Findings, Mention
from insights.outputs.quotes import pick_listening, pick_quotes
from insights.outputs.rates import RATE_METHOD
from insights.outputs.regrouped import list_regroupings, tell_regroupings
from insights.outputs.scene import Movement, Scene, count_outcomes, follow_themes, set_scene
from insights.outputs.sureness import SURENESS_METHOD, measure_cover
from insights.outputs.trends import TREND_METHOD
from insights.outputs.weeks import latest_week, week_of
from insights.types import Answer, Comparison, Quote, Report, Theme, ThemeKind, ThemeWeek

COUNTING_METHOD = (
    ("conversations", "A call, a meeting, or a whole thread of mail is one conversation."),
    ("reach", "Accounts, each once a week however often it says a thing; where the account is not known, "
              "the conversation stands for it. Only what customers say counts."),
    ("rates", RATE_METHOD),
    ("trend words", TREND_METHOD),
    ("how sure a theme is", SURENESS_METHOD),
)  # fmt: skip


N_PHRASES = 3  # shown with a theme


def build_report(
    findings: Findings, week: str = "", *, zone: tzinfo = UTC, method: Sequence[tuple[str, str]] = ()
) -> Report:
    """Compute the report of a week ("2026-W45"); without one, of the latest week with conversations.

    `method` says what made the findings (model, detector, version); how things are counted is added to it.
    """
    scene = set_scene(findings, week or latest_week(findings.conversations, zone), zone)
    objections = _show_themes(findings.themes, "objection", scene)
    questions = _show_themes(findings.themes, "question", scene)
    said_now = [mention for mention in scene.mentions.values() if mention.week == scene.week]
    themed = {signal_id for theme in findings.themes for signal_id in theme.signal_ids} | findings.dismissed
    kept = [mention for mention in said_now if mention.signal.id not in findings.dismissed]
    unanswered = _find_unanswered(kept, questions, scene.answers)
    moments = [mention for mention in said_now if _is_playable(mention, findings.playable)]
    return Report(
        week=scene.week,
        weeks=scene.weeks,
        conversations_by_week=scene.conversations,
        accounts_by_week=scene.accounts,
        objections=objections,
        questions=questions,
        unanswered=unanswered,
        single_objections=_find_singles(said_now, themed),
        changes=(
            *describe_changes(objections, questions, unanswered, scene.weeks, scene.conversations, scene.accounts),
            *tell_regroupings(findings.regroupings, scene.week, zone),
        ),
        listening=pick_listening((*objections, *questions), unanswered, moments),
        ideas=tuple(sorted(findings.ideas, key=lambda idea: (-idea.priority, idea.id))),
        coverage=replace(
            measure_coverage(findings, said_now, themed, scene.week, zone),
            themes=measure_cover(findings, scene.mentions),
        ),
        method=(
            *method,
            *list_regroupings(findings.regroupings, zone),
            *COUNTING_METHOD,
            ("where it differs", DIFFERENCE_METHOD),
        ),
        timezone=str(zone),
        comparison=_compare(findings, scene, zone),
    )


def _compare(findings: Findings, scene: Scene, zone: tzinfo) -> Comparison:
    """Compare groups over all weeks up to the report's, of which it knows nothing later."""
    known = [one for one in findings.conversations if "" < week_of(one.started_at, zone) <= scene.week]
    mentions = {key: mention for key, mention in scene.mentions.items() if "" < mention.week <= scene.week}
    return compare_groups([theme for theme in findings.themes if theme.kind != "topic"], known, mentions)


def _show_themes(themes: Iterable[Theme], kind: ThemeKind, scene: Scene) -> tuple[ThemeWeek, ...]:
    """Count the themes heard in these weeks, widest reach this week first; the quiet ones come last."""
    movements = follow_themes(themes, kind, scene)
    shown = [_show_theme(theme, movements[theme.id], scene) for theme in themes if theme.id in movements]
    return tuple(sorted(shown, key=lambda one: (-one.n_accounts, -one.total_accounts, -one.n_signals, one.theme.id)))


def _show_theme(theme: Theme, movement: Movement, scene: Scene) -> ThemeWeek:
    recent = [mention for mention in scene.members(theme) if mention.week in scene.weeks]
    now = [mention for mention in recent if mention.week == scene.week]
    labels = Counter(mention.signal.label for mention in recent if mention.signal.label)
    ordered = tuple(label for label, _ in sorted(labels.items(), key=lambda pair: (-pair[1], pair[0])))
    statuses = Counter(scene.answers[one.signal.id].status for one in now if one.signal.id in scene.answers)
    return ThemeWeek(
        theme=theme,
        n_signals=len(now),
        n_conversations=len({mention.thread for mention in now}),
        n_accounts=movement.reach[-1],
        total_accounts=len({mention.account for mention in recent}),
        reach_by_week=movement.reach,
        trend=movement.trend,
        rates=movement.rates,
        change=movement.reach[-1] - movement.reach[-2] if scene.conversations[-2] else None,
        quotes=pick_quotes(now, theme.canonical),
        n_unanswered=statuses["unanswered"],
        n_answered=statuses["answered"],
        n_partly=statuses["partly"],
        labels=ordered,
        outcomes=count_outcomes(now, scene),
        phrases=scene.phrases.get((theme.kind, ordered[0]), ())[:N_PHRASES] if ordered else (),
    )


def _find_unanswered(
    said_now: Iterable[Mention], questions: Iterable[ThemeWeek], answers: Mapping[str, Answer]
) -> tuple[Quote, ...]:
    """List the week's questions that got no answer, those that most accounts ask first."""
    reach = {signal_id: shown.n_accounts for shown in questions for signal_id in shown.theme.signal_ids}
    quotes = [
        mention.quote
        for mention in said_now
        if mention.signal.id in answers and answers[mention.signal.id].status == "unanswered"
    ]
    return tuple(sorted(quotes, key=lambda quote: (-reach.get(quote.signal_id, 0), -quote.score, quote.signal_id)))


def _find_singles(said_now: Iterable[Mention], themed: set[str]) -> tuple[Quote, ...]:
    quotes = [
        mention.quote for mention in said_now if mention.signal.kind == "objection" and mention.signal.id not in themed
    ]
    return tuple(sorted(quotes, key=lambda quote: (-quote.score, quote.signal_id)))


def _is_playable(mention: Mention, playable: frozenset[str] | None) -> bool:
    if mention.quote.start_s is None or mention.signal.kind not in {"question", "objection"}:
        return False
    if playable is None:
        return mention.conversation.kind in {"call", "voicemail"}
    return mention.conversation.id in playable
