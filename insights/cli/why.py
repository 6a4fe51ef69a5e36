"""The reasons for a signal, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insights.cli.shell import out, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insights.pipeline import Reasons
    from insights.signals import Explanation, Ground

USES = {"sure": "nearly always right", "find": "speaks for it", "guard": "speaks against it", "veto": "rules it out"}
FEATURES = {  # by the part of a feature's name before "="
    "w": "the word “{}”",
    "ww": "the words “{}”",
    "start": "it begins with “{}”",
    "start1": "it begins with “{}”",
    "start2": "it begins with “{}”",
    "bare1": "it begins, fillers aside, with “{}”",
    "bare2": "it begins, fillers aside, with “{}”",
    "end1": "it ends with “{}”",
    "end2": "it ends with “{}”",
    "mark": "its closing mark “{}”",
    "length": "its length (class {})",
    "rule": "rule {}",
    "cue": "cue {}",
    "type": "words of the type {}",
    "reply": "the reply: {}",
    "later": "a later reply: {}",
    "reply_first": "the reply begins with “{}”",
    "reply_length": "length of the reply (class {})",
    "pair": "reply and cue together: {}",
    "follow": "what comes next: {}",
    "context": "what was said before: {}",
    "role": "said by the {}",
}
WHOLES = {"meaning": "its meaning as a whole", "in context": "how it reads in its context"}


def print_reasons(reasons: Reasons) -> None:
    """Print an explanation."""
    for line in _lines(reasons):
        out.print(plain(line))


def _lines(reasons: Reasons) -> Iterator[str]:
    explained = reasons.explanation
    signal = explained.signal
    label = f" ({signal.label})" if signal.label else ""
    yield f"“{signal.text}”"
    if signal.wording and signal.wording != signal.text:
        yield f"Readable by itself: {signal.wording}"
    yield f"{signal.kind}{label}, {reasons.source}, found by {signal.detector} with a score of {signal.score:.2f}"
    if reasons.edit:
        yield f"A person said so on {reasons.edit.made_at:%Y-%m-%d %H:%M} ({reasons.edit.id})."
    if explained.score is not None and explained.threshold is not None:
        yield f"The sentence scores {explained.score:.2f} now; from {explained.threshold:.2f} on it counts."
    if reasons.is_adapted:
        yield "Your labels correct these scores (`insights retrain`); what follows is without them."
    if reasons.is_stale:
        yield "That is not the stored score: other classifiers found it. The next run reads it again."
    if explained.score is None:
        yield f"No classifier judges this: {', '.join(signal.why) or 'it stands in a list of names'}."
    yield from _details(explained)


def _details(explained: Explanation) -> Iterator[str]:
    if explained.rules:
        yield "Rules:"
        for rule in explained.rules:
            yield f"  {rule.id}, which {USES.get(rule.use, 'is a cue')}: “{rule.words}”"
    if explained.grounds:
        yield "What weighed most (added to the log odds):"
        yield from (f"  {ground.weight:+.2f}  {_in_words(ground)}" for ground in explained.grounds)
    yield "Labelled examples most like it:"
    for one in explained.examples:
        kind = f"{one.kind} ({one.label})" if one.label else one.kind
        yield f"  {one.likeness:.2f}  {kind or 'none of these'}: “{one.text}”"


def _in_words(ground: Ground) -> str:
    name, is_named, value = ground.feature.partition("=")
    if not is_named:
        return WHOLES.get(ground.feature, ground.feature.replace("_", " "))
    return FEATURES.get(name, f"{name.replace('_', ' ')}: {{}}").format(value)
