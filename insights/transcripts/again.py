"""Doubtful packets heard again, with more hypotheses and by a second model, and put to the vote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from insights.transcripts.ear import Ear, Encoded, Heard
from insights.transcripts.packets import Packet
from insights.transcripts.suspect import MAX_COMPRESSION
from insights.transcripts.vote import vote

DOUBTFUL = -0.35  # average log probability of a packet's words under which it is heard again
WIDE_BEAM = 5  # hypotheses followed at once when hearing again
OWN_WEIGHT, HELPER_WEIGHT = 1.2, 1.0  # of a vote
MIN_VOTERS = 3  # fewer decide nothing


@dataclass(frozen=True, slots=True)
class Take:
    """A packet as a model heard it."""

    packet: Packet
    encoded: Encoded
    heard: Heard
    language: str

    @property
    def is_doubtful(self) -> bool:
        """Whether hearing it again, which helps in English only, may be worth its time."""
        return self.language == "en" and self.heard.doubts.avg_logprob < DOUBTFUL


def hear_again(takes: Sequence[Take], ear: Ear, helper: Ear) -> list[Take]:
    """The takes, the doubtful ones with the text that both models' hearings vote for."""
    doubtful = [take for take in takes if take.is_doubtful]
    own = [take.encoded for take in doubtful]
    theirs = [helper.encode(take.packet.samples) for take in doubtful]
    hearings = zip(
        (take.heard for take in doubtful),
        ear.hear(own, "en", WIDE_BEAM),
        helper.hear(theirs, "en", 1),
        helper.hear(theirs, "en", WIDE_BEAM),
        strict=True,
    )
    texts = iter([_vote(heard) for heard in hearings])
    return [replace(take, heard=replace(take.heard, text=next(texts))) if take.is_doubtful else take for take in takes]


def _vote(hearings: Sequence[Heard]) -> str:
    """Of the first hearing's model twice, of the helper twice; loops have no vote."""
    weights = (OWN_WEIGHT, OWN_WEIGHT, HELPER_WEIGHT, HELPER_WEIGHT)
    calm = [
        (heard.text, weight)
        for heard, weight in zip(hearings, weights, strict=True)
        if heard.doubts.compression_ratio <= MAX_COMPRESSION
    ]
    if len(calm) < MIN_VOTERS:
        return hearings[0].text
    return vote([text for text, _ in calm], [weight for _, weight in calm])
