"""What follows a sentence, as named features: a question hands over, and its answer begins like one.

That a yes or no, or a repeated word, comes next is what tells a question without question order ("you're on the old
plan") from a statement, which the other side only acknowledges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from insights.signals.units import Unit

LEAD = r"^\W*(?:(?:oh|well|um|uh|and)\W+)*"
ANSWERS = {  # the first that fits names the reply
    "no": re.compile(LEAD + r"(?:no|nope|nah|not really|huh-uh|uh-uh|not)\b", re.IGNORECASE),
    "back": re.compile(
        r"^\W*(?:(?:uh[- ]?huh|mm+|mhm|m-?hm+|huh|hm+|oh|really|wow|okay|i see|right|yeah|sure|true)\W*){1,3}$",
        re.IGNORECASE,
    ),
    "yes": re.compile(LEAD + r"(?:yes|yeah|yep|yup|sure|of course|absolutely|exactly|correct)\b", re.IGNORECASE),
    "kind": re.compile(
        LEAD
        + r"(?:right|definitely|i think so|i guess|i don't|we do|it does|it is|that's right|that's correct|probably|"
        r"maybe|sometimes|usually|somewhat|quite|a little|mostly|pretty much|kind of|sort of)\b",
        re.IGNORECASE,
    ),
}
LENGTHS = (1, 3, 8, 20)  # words: borders of the length classes
WORD = re.compile(r"[\w'-]+")
ECHO = re.compile(r"[\w']{4,}")


def reply_features(unit: Unit) -> Iterator[str]:
    """Whether the sentence hands over, and how the other side goes on."""
    if not unit.is_last:
        yield "follow=inside"
        return
    yield "follow=goes_on" if unit.goes_on else "follow=hands_over"
    reply = unit.reply.lower().replace("’", "'")
    if not reply:
        yield "follow=none"
        return
    prefix = "later" if unit.goes_on else "reply"
    yield f"{prefix}={answer_class(reply)}"
    words = WORD.findall(reply)
    yield f"{prefix}_length={sum(len(words) > border for border in LENGTHS)}"
    if words:
        yield f"{prefix}_first={words[0]}"
    if set(ECHO.findall(unit.text.lower())) & {word for word in words if len(word) > 3}:
        yield f"{prefix}=echo"


def answer_class(reply: str) -> str:
    """How a reply begins: no, back (a mere "uh-huh"), yes, kind (of yes or no) or other."""
    return next((name for name, pattern in ANSWERS.items() if pattern.search(reply)), "other")
