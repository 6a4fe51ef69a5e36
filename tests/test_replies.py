"""What comes next tells a question: whether the speaker hands over, and how the other side goes on."""

from __future__ import annotations

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from insights.signals.replies import answer_class, reply_features
from insights.signals.units import Unit
from insights.types import Utterance

NLP = spacy.blank("en")
SAID = "you're on the old plan"


def features(reply: str, text: str = SAID, goes_on: bool = False, is_last: bool = True) -> set[str]:
    doc = NLP(text)
    said = Utterance("c", 0, "customer", "customer", 1.0, text)
    return set(reply_features(Unit(said, doc[:], 0, len(text), "", reply, goes_on, is_last)))


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("No, that's only in the larger one.", "no"),
        ("Not really.", "no"),
        ("Oh, well, nope.", "no"),
        ("Uh-huh.", "back"),
        ("Yeah, right.", "back"),
        ("Mhm. Okay.", "back"),
        ("Yes, both ways.", "yes"),
        ("Um, absolutely, from day one.", "yes"),
        ("I think so.", "kind"),
        ("It does, on the large plan.", "kind"),
        ("Forty dollars a seat.", "other"),
        ("Nobody asked that before.", "other"),
    ],
)
def test_a_reply_is_known_by_how_it_begins(reply: str, expected: str) -> None:
    assert answer_class(reply.lower()) == expected


def test_a_sentence_inside_an_utterance_has_no_reply() -> None:
    assert features("Yes.", is_last=False) == {"follow=inside"}


def test_the_last_sentence_hands_over_unless_its_speaker_goes_on() -> None:
    assert "follow=hands_over" in features("Yes, you are.")
    went_on = features("Yes, you are.", goes_on=True)
    assert "follow=goes_on" in went_on
    assert {"later=yes", "later_first=yes"} <= went_on
    assert not any(name.startswith("reply") for name in went_on)


def test_where_nobody_replies_that_is_said_and_nothing_else() -> None:
    assert features("") == {"follow=hands_over", "follow=none"}


def test_a_reply_that_takes_up_a_word_is_an_echo() -> None:
    assert "reply=echo" in features("The old plan has no limit.")
    assert "reply=echo" not in features("There is no limit.")


def test_a_curled_apostrophe_is_an_apostrophe() -> None:
    assert features("That’s right.") == features("That's right.")


@given(st.text(max_size=60), st.text(max_size=60), st.booleans(), st.booleans())
def test_any_reply_gives_features_with_values(text: str, reply: str, goes_on: bool, is_last: bool) -> None:
    found = features(reply, text, goes_on, is_last)
    assert sum(name.startswith("follow=") for name in found) in (1, 2)
    assert all("=" in name for name in found)
