"""The line or lines above a quote: "On 3 May 2020, at 10:12, Ann <ann@x.example> wrote:"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from insights.sources.mail.lines import MAX_PATTERN_CHARS, Line, is_arrowed, phrase_set, phrases, words

MAX_LINES = 4  # an attribution that a mail program wrapped
MAX_CHARS = 400
MAX_WEAK_WORDS = 12
_DATE = re.compile(r"\b\d{4}\b|\d{1,2}[./-]\d{1,2}|\d{1,2}[:.h]\d{2}|\d{1,2}[.月日年]|\b\d{1,2}(?:st|nd|rd|th)\b")
_MAIL = re.compile(r"[\w.+-]@[\w-]|<mailto:|\bat\b.{1,40}\bdot\b|<[^<>]{1,80}>")
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}")


def find_attribution(lines: Sequence[Line], index: int) -> tuple[int, bool]:
    """Return (line after the attribution that starts at `index`, whether it is sure by itself); (index, False) if none.

    An unsure one counts only when quoted lines follow it.
    """
    if not _may_open(lines[index].text):
        return index, False
    joined = ""
    for end in range(index, min(index + MAX_LINES, len(lines))):
        text = lines[end].text.strip()
        if not text or len(text) > MAX_PATTERN_CHARS or is_arrowed(text):
            break
        joined = f"{joined} {text}".strip()
        if len(joined) > MAX_CHARS:
            break
        if _ends(text) and (strength := _strength(joined, n_lines=end - index + 1)):
            if end > index and _has_later_opener(lines, index + 1, end):
                break
            return end + 1, strength >= 2
    return index, False


def _may_open(text: str) -> bool:
    start = text[:8].strip()
    return bool(start) and (start[0].isalnum() or start[0] in "\"'<-*([|_+“„«")


def _ends(text: str) -> bool:
    return text.rstrip(" *_\xa0").endswith((":", "：", ":-", ": -")) or text.casefold().endswith(" wrote")


def _has_later_opener(lines: Sequence[Line], start: int, end: int) -> bool:
    """Tell whether the attribution begins on a later line and the first ones are prose."""
    for index in range(start, end + 1):
        rest = " ".join(line.text.strip() for line in lines[index : end + 1])
        if _strength(rest, n_lines=end - index + 1) == 3:
            return True
    return False


def _strength(joined: str, n_lines: int) -> int:
    """Return 3 for an attribution with its date, 2 for another sure one, 1 if it needs a quote below, 0 for none."""
    lowered = joined.casefold().strip("-*_+ \t\xa0")
    tokens = words(lowered)
    has_verb = bool(phrase_set("verbs").intersection(token.strip(".,") for token in tokens))
    has_verb = has_verb or any(verb in lowered for verb in phrases()["verbs_anywhere"] if not verb.isascii())
    has_date = _DATE.search(joined) is not None
    has_mail = _MAIL.search(joined) is not None
    opens = lowered[:1].isdigit() or (bool(tokens) and tokens[0].strip(".,") in phrase_set("openers"))
    if (opens and has_date and (has_verb or has_mail)) or lowered.startswith(tuple(phrases()["quoting"])):
        return 3 if has_date else 1 + (has_verb or has_mail)
    if n_lines > 2 or len(tokens) > 2 * MAX_WEAK_WORDS:
        return 0
    if has_verb and (has_mail or (has_date and _TIME.search(joined) is not None)):
        return 2
    if has_mail and has_date and n_lines == 1:
        return 1
    weak = has_verb or bool(phrase_set("weak_verbs").intersection(tokens))
    return 1 if weak and len(tokens) <= MAX_WEAK_WORDS else 0
