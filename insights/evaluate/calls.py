"""Calls: whether the words are right, and the speakers told apart and on the right side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from insights.errors import UsageError
from insights.evaluate.diarization import SpeakerErrors, count_speaker_errors
from insights.evaluate.rows import Row
from insights.evaluate.speech import (
    Errors,
    Matched,
    Speech,
    Turn,
    count_errors_by_speaker,
    count_merged_errors,
    match_words,
)

CHANNELS = frozenset({"left", "right"})
MAX_TIME_S = 24 * 3600  # of a gold turn: frames are laid out up to it

Scores = dict[str, float | int | None]


@dataclass(slots=True)
class Tally:
    """Errors summed over calls; rates are taken of the sums."""

    n_calls: int = 0
    n_told_apart: int = 0  # calls with as many speakers as persons
    words: dict[str, Errors] = field(default_factory=lambda: defaultdict(Errors))  # "", by channel, merged, cp
    matched: Matched = Matched()
    speakers: SpeakerErrors = SpeakerErrors()
    roles: Counter[str] = field(default_factory=Counter)

    def add(self, gold: Speech, heard: Speech) -> None:
        """Take in one call; its words only where the gold has them."""
        self.n_calls += 1
        self.n_told_apart += len(_speakers(gold)) == len(_told(heard))
        self.speakers = self.speakers.plus(count_speaker_errors(gold, heard))
        self.roles += judge_roles(gold, heard)
        if any(turn.text for turn in gold) or not gold:
            for name, errors in _count_words(gold, heard).items():
                self.words[name] = self.words[name].plus(errors)
            self.matched = self.matched.plus(match_words(gold, heard))


def score(rows: Sequence[Row], predictions: Sequence[Row]) -> Scores:
    """How well the words, the speakers and their roles were heard; calls without `turns` are not scored.

    wer: of a call with two channels, each with the person on it; of a mixed one, all words in the order of time, as in
    `wer.merged`. cpwer: each speaker told apart with the person that fits best. word_speaker_error: heard words with
    the wrong speaker. der: by time, 0.25 s around gold boundaries left out. speakers_right: calls with the right number
    of speakers. words_invented: heard where the gold has no speech. Turns without text count for der and roles only.
    """
    tally = Tally()
    guesses: dict[str | int, list[Row]] = defaultdict(list)
    for guess in predictions:
        guesses[guess["conversation_id"]].append(guess)
    for row in rows:
        if isinstance(row.get("turns"), list):
            tally.add(read_gold(row), read_heard(guesses[row["conversation_id"]]))
    return to_scores(tally)


def to_scores(tally: Tally) -> Scores:
    """The scores by name; None where there is nothing to score by."""
    words, speakers, roles = tally.words, tally.speakers, tally.roles
    scores: Scores = {"scored": tally.n_calls, "words": words[""].n_words}
    for name in sorted(words):
        if name != "cp":
            scores[f"wer.{name}" if name else "wer"] = words[name].rate
    scores["cpwer"] = words["cp"].rate
    scores["word_speaker_error"] = tally.matched.confusion
    scores["words_invented"] = tally.matched.n_invented
    scores["der"] = speakers.rate
    scores["der.missed"] = speakers.share(speakers.missed_s)
    scores["der.false"] = speakers.share(speakers.false_s)
    scores["der.confused"] = speakers.share(speakers.confused_s)
    scores["speakers_right"] = tally.n_told_apart / tally.n_calls if tally.n_calls else None
    for name, kind in (("role_accuracy", "right"), ("role_unknown", "unknown"), ("role_wrong", "wrong")):
        scores[name] = roles[kind] / roles.total() if roles else None
    return scores


def _count_words(gold: Speech, heard: Speech) -> dict[str, Errors]:
    """Errors as `wer` counts them, under ""; by channel, or "mono"; merged; and cp: by the best match of speakers."""
    merged = count_merged_errors(gold, heard)
    by_speaker = count_errors_by_speaker(gold, heard)
    matched = Errors()
    for errors in by_speaker.values():
        matched = matched.plus(errors)
    counted = {"merged": merged, "cp": matched}
    channels = _speakers(heard)
    if channels and channels <= CHANNELS and len(_speakers(gold)) <= len(CHANNELS):
        for speaker, errors in by_speaker.items():
            counted[speaker or next(iter(CHANNELS - channels))] = errors  # who was not heard was on the other channel
        return {"": matched, **counted}
    return {"": merged, "mono": merged, **counted}


def _speakers(speech: Speech) -> set[str]:
    return {turn.speaker for turn in speech}


def _told(speech: Speech) -> set[str]:
    """The speakers that were told apart; "mono" is what could be given to none of them."""
    speakers = _speakers(speech)
    return speakers - {"mono"} or speakers


def read_gold(row: Row) -> list[Turn]:
    """The turns of a labelled call; UsageError where one has no times, or some have text and some not."""
    turns = [_read_turn(turn, row["conversation_id"]) for turn in row["turns"]]
    texts = [turn.get("text") is not None for turn in row["turns"]]
    if any(texts) and not all(texts):
        raise UsageError(
            f"Call '{row['conversation_id']}': {texts.count(False)} of {len(texts)} turns have no 'text'. "
            "Give each its words, or none (only the speakers are scored then)."
        )
    return turns


def _read_turn(turn: Any, conversation_id: object) -> Turn:
    from insights.sources import read_role

    start_s, end_s = (turn.get("start"), turn.get("end")) if isinstance(turn, dict) else (None, None)
    if not (_is_time(start_s) and _is_time(end_s) and start_s <= end_s):
        raise UsageError(
            f"Call '{conversation_id}': a turn needs 'speaker' and, in seconds up to {MAX_TIME_S}, 'start' and 'end'; "
            f"'text' if words are to be scored. Got start {start_s!r}, end {end_s!r}."
        )
    speaker = str(turn.get("speaker") or "")
    return Turn(speaker, str(turn.get("text") or ""), float(start_s), float(end_s), read_role(speaker))


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and 0 <= value <= MAX_TIME_S


def read_heard(guesses: Sequence[Row]) -> list[Turn]:
    """What was predicted for one call."""
    return [
        Turn(guess["speaker"], guess["text"], guess["start"] or 0.0, guess["end"] or 0.0, guess["role"])
        for guess in guesses
    ]


def judge_roles(gold: Speech, heard: Speech) -> Counter[str]:
    """Count heard words as right, wrong or unknown by the role of the gold turn they lie in, if any."""
    judged: Counter[str] = Counter()
    for turn in heard:
        nearest = max(gold, key=lambda other: other.overlap_s(turn), default=None)
        if nearest and nearest.overlap_s(turn) > 0 and nearest.role != "unknown":
            verdict = "right" if nearest.role == turn.role else "unknown" if turn.role == "unknown" else "wrong"
            judged[verdict] += len(turn.text.split())
    return judged
