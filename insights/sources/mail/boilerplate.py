"""Which of the sender's lines a program or a lawyer put there: "Sent from my phone", disclaimers, list footers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from insights.sources.mail.lines import Line, is_rule, phrases
from insights.sources.mail.quotes import Mark
from insights.types import BOILERPLATE

MAX_SENT_FROM_CHARS = 110
MIN_DISCLAIMER_CHARS = 100
MAX_FOOTER_LINES = 14  # a footer is short; more lines below such a phrase are somebody's text
MAX_PARAGRAPH_CHARS = 8000  # of a paragraph, only so much is searched
_PGP_HEAD = "-----BEGIN PGP SIGNED MESSAGE-----"
_PGP_TAIL = "-----BEGIN PGP SIGNATURE-----"


def mark_boilerplate(lines: Sequence[Line], marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks with BOILERPLATE on those lines of the sender that nobody typed."""
    flagged = list(marks)
    paragraphs = _paragraphs(lines, marks)
    n_below = sum(map(len, paragraphs))
    for place, paragraph in enumerate(paragraphs):
        n_below -= len(paragraph)
        later = paragraphs[place + 1 :] if n_below <= MAX_FOOTER_LINES else None
        text = " ".join(lines[index].text.strip() for index in paragraph)[:MAX_PARAGRAPH_CHARS].casefold()
        is_first = place == 0
        found = _footer(lines, paragraph, text, later) or _banner(paragraph, text, is_first)
        for index in found or _disclaimer(lines, paragraph, text) or _sent_from(lines, paragraph):
            flagged[index] = Mark(BOILERPLATE)
    _flag_pgp(lines, flagged)
    _flag_rules_beside(lines, flagged)
    return flagged


def _paragraphs(lines: Sequence[Line], marks: Sequence[Mark]) -> list[list[int]]:
    """Return the runs of filled, unflagged lines, as line indexes."""
    kept = groupby(range(len(lines)), key=lambda index: bool(lines[index].text.strip()) and not marks[index].flag)
    return [list(run) for is_own, run in kept if is_own]


def _footer(lines: Sequence[Line], paragraph: list[int], text: str, later: list[list[int]] | None) -> list[int]:
    """Return the lines of a footer that begins in this paragraph, with all own lines below it."""
    if later is None or not any(phrase in text for phrase in phrases()["boilerplate"]["footers"]):
        return []
    for place, index in enumerate(paragraph):
        line = lines[index].text
        below = paragraph[place + 1 : place + 3]
        near = "\n".join([line.casefold(), *(lines[at].text.casefold() for at in below)])
        if (is_rule(line) or line.strip() == "--" or _has_footer(line)) and _has_footer(near):
            rest = paragraph[place:] + [at for run in later for at in run]
            return rest if len(rest) <= MAX_FOOTER_LINES else []
    return []


def _has_footer(text: str) -> bool:
    lowered = text[:MAX_PARAGRAPH_CHARS].strip(" -_*\t").casefold()
    known = phrases()["boilerplate"]["footers"]
    if lowered.startswith(tuple(known)) or any(phrase in lowered for phrase in known if len(phrase) > 15):
        return True
    return any(line.rstrip().endswith("mailing list") and len(line.split()) <= 5 for line in lowered.split("\n"))


def _banner(paragraph: list[int], text: str, is_first: bool) -> list[int]:
    return paragraph if is_first and text.strip(" *[_").startswith(_banners()) else []


def _banners() -> tuple[str, ...]:
    return tuple(phrase.strip("[") for phrase in phrases()["boilerplate"]["banners"])


def _disclaimer(lines: Sequence[Line], paragraph: list[int], text: str) -> list[int]:
    if len(text) < MIN_DISCLAIMER_CHARS:
        return []
    if not any(phrase in text for phrase in phrases()["boilerplate"]["disclaimers"]):
        return []
    ruled = [place for place, index in enumerate(paragraph) if is_rule(lines[index].text)]
    if ruled and ruled[0] > 0 and not _has_disclaimer(lines, paragraph[: ruled[0]]):
        return paragraph[ruled[0] :]
    first = next((place for place in range(len(paragraph)) if _opens_disclaimer(lines, paragraph[place:])), 0)
    return paragraph[first:]


def _has_disclaimer(lines: Sequence[Line], indexes: list[int]) -> bool:
    text = " ".join(lines[index].text.casefold() for index in indexes)[:MAX_PARAGRAPH_CHARS]
    return any(phrase in text for phrase in phrases()["boilerplate"]["disclaimers"])


def _opens_disclaimer(lines: Sequence[Line], rest: list[int]) -> bool:
    """Tell whether a disclaimer starts on the first of these lines, by how such texts begin."""
    start = lines[rest[0]].text.strip(" *_-").casefold()
    return start.startswith(tuple(phrases()["disclaimer"]["starts"])) and _has_disclaimer(lines, rest[:6])


def _sent_from(lines: Sequence[Line], paragraph: list[int]) -> list[int]:
    """Return the lines that a phone or program added, with the bare links below them."""
    found: list[int] = []
    for index in paragraph:
        text = lines[index].text.strip()
        lowered = text.strip("<>[]*_- \t").casefold()
        is_link = bool(found) and index == found[-1] + 1 and text.startswith(("http", "<http", "(http", "["))
        if is_link or (len(text) <= MAX_SENT_FROM_CHARS and _is_sent_from(lowered)):
            found.append(index)
    return found


def _is_sent_from(lowered: str) -> bool:
    known = phrases()["boilerplate"]
    if lowered.startswith(tuple(known["sent_from_never"])) or lowered.endswith(("?", ":")):
        return False
    return lowered.startswith(tuple(known["sent_from"])) or lowered.endswith(("iphoneから送信", "ipadから送信"))


def _flag_pgp(lines: Sequence[Line], flagged: list[Mark]) -> None:
    """Flag the armour of a clear-signed mail."""
    for index, line in enumerate(lines):
        if line.text.startswith(_PGP_HEAD):
            flagged[index] = Mark(BOILERPLATE)
            if index + 1 < len(lines) and lines[index + 1].text.startswith("Hash:"):
                flagged[index + 1] = Mark(BOILERPLATE)
        if line.text.startswith(_PGP_TAIL):
            for at in range(index, len(lines)):
                flagged[at] = Mark(flagged[at].flag or BOILERPLATE, flagged[at].speaker)
            return


def _flag_rules_beside(lines: Sequence[Line], flagged: list[Mark]) -> None:
    """Flag a drawn line that has nothing but blank lines between itself and boilerplate below."""
    below = ""
    for index in range(len(lines) - 1, -1, -1):
        if not lines[index].text.strip():
            continue
        if not flagged[index].flag and is_rule(lines[index].text) and below == BOILERPLATE:
            flagged[index] = Mark(BOILERPLATE)
        below = flagged[index].flag
