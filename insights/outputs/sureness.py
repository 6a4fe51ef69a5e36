"""How sure the themes are, and how much of what customers said they hold; over all weeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import mean, median

from insights.outputs.findings import Findings, Mention
from insights.types import SURE_FROM, Cover, ThemeKind

KINDS: tuple[ThemeKind, ...] = ("objection", "question")
SURENESS_METHOD = (
    "Stability, 0 to 1, says how well a theme comes out again when a fifth of the items is left out; cohesion is the "
    f"mean cosine between its items. A theme is sure from a stability of {SURE_FROM:g}, else less sure: on labelled "
    "sets 87 of 100 sure themes and 51 of 100 others held one intent, nearly all of it and little else."
)


def measure_cover(findings: Findings, mentions: Mapping[str, Mention]) -> tuple[Cover, ...]:
    """For objections and questions, what the themes hold of what customers said, and how sure they are."""
    return tuple(_measure(findings, mentions))


def _measure(findings: Findings, mentions: Mapping[str, Mention]) -> Iterator[Cover]:
    for kind in KINDS:
        themes = [theme for theme in findings.themes if theme.kind == kind]
        themed = {signal_id for theme in themes for signal_id in theme.signal_ids}
        said = {key for key, mention in mentions.items() if mention.signal.kind == kind} - findings.dismissed
        stabilities = [theme.stability for theme in themes]
        yield Cover(
            kind=kind,
            n_said=len(said),
            n_themed=len(said & themed),
            n_themes=len(themes),
            n_sure=sum(theme.sureness == "sure" for theme in themes),
            median_stability=median(stabilities) if stabilities else None,
            mean_stability=mean(stabilities) if stabilities else None,
        )
