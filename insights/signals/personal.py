"""Personal data in a text, by spaCy's names, phonenumbers and patterns with their check digits."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Span

PHONE_REGIONS = ("US", "GB", "DE")  # tried for numbers without a country code; a +49 is understood anywhere
MIN_PHONE_DIGITS = 8  # shorter ones are amounts and dates
MAX_PARSED = 100_000  # characters that are searched for names at once


@dataclass(frozen=True, slots=True)
class PersonalSpan:
    """Personal data: `text[start:end]` is of this type."""

    start: int
    end: int
    type: str  # PERSON, EMAIL_ADDRESS, PHONE_NUMBER, CREDIT_CARD, IBAN_CODE, IP_ADDRESS, US_SSN, STREET_ADDRESS, …


def passes_luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right (ISO/IEC 7812-1)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_card(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return 12 <= len(digits) <= 19 and len(set(digits)) > 1 and passes_luhn(digits)


def _is_iban(text: str) -> bool:
    """Whether the check digits hold (ISO 13616: modulo 97)."""
    plain = re.sub(r"\s", "", text).upper()
    return 15 <= len(plain) <= 34 and int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _always(text: str) -> bool:
    return True


STREET_WORDS = (
    r"(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|ct|boulevard|blvd|highway|hwy|parkway|pkwy|square|terrace|"
    r"place|pl|way|circle|close|crescent|row|gardens)"
)
PATTERNS = (  # type, pattern, check; earlier ones win where spans overlap
    ("EMAIL_ADDRESS", re.compile(r"\b[\w.+%-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253})\.[A-Za-z]{2,24}\b"), _always),
    ("DOMAIN_NAME", re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]{3,300}", re.I), _always),
    ("IBAN_CODE", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), _is_iban),
    ("CREDIT_CARD", re.compile(r"(?<![\d-])\d(?:[ -]?\d){11,18}(?![\d-])"), _is_card),
    ("US_SSN", re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}(?![\d-])"), _always),
    (
        "IP_ADDRESS",
        re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7})(?![\w.:])", re.I),
        _is_ip,
    ),
    (
        "STREET_ADDRESS",
        re.compile(
            rf"\b\d{{1,6}}[a-z]?,?\s+(?:[A-Z][\w'.-]*\s+){{1,4}}{STREET_WORDS}\b\.?"
            r"(?:,?\s+(?:apt|apartment|suite|unit|ste|floor)\.?\s+[\w-]{1,6})?",
            re.I,
        ),
        lambda text: bool(re.search(r"\d\w?,?\s+[A-Z]", text)),
    ),
    ("STREET_ADDRESS", re.compile(r"\bP\.?\s?O\.? Box \d{1,6}\b", re.I), _always),
    (
        "STREET_ADDRESS",
        re.compile(r"\b[A-Z]\w+(?:straße|strasse|str\.|weg|gasse|allee|platz)\s+\d{1,4}[a-z]?\b"),
        _always,
    ),
    (
        "ZIP_CODE",
        re.compile(
            r"\b[A-Z]{2}\s+\d{5}(?:-\d{4})?\b|\b(?:zip|postcode|postal code)\W{1,3}(?:code\W+)?[A-Z0-9]{3,8}\b", re.I
        ),
        _always,
    ),
    ("ZIP_CODE", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"), _always),
)
NOT_A_NAME = re.compile(
    r"[\d@#$%&/\\_=<>|]|\b(?:inc|llc|ltd|gmbh|corp|software|api|app|monday|friday|hi|hello|thanks|okay|yeah)\b", re.I
)
TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.?\s+([A-Z][\w'-]+(?:\s+[A-Z][\w'-]+){0,2})")
SAYS_NAME = re.compile(
    r"\b(?:my name is|my name's|name is|this is|i am|i'm|speaking with|ask for)\s+"
    r"([A-Z][\w'-]+(?:\s+[A-Z][\w'-]+){0,2})"
)


def find_personal(text: str, nlp: Language) -> tuple[PersonalSpan, ...]:
    """Personal data in the text, in order, without overlaps."""
    taken: list[PersonalSpan] = []
    for span in (*_by_pattern(text), *_phones(text), *_names(text, nlp)):
        if all(span.end <= other.start or span.start >= other.end for other in taken):
            taken.append(span)
    return tuple(sorted(taken, key=lambda span: span.start))


def _by_pattern(text: str) -> Iterator[PersonalSpan]:
    for type_, pattern, check in PATTERNS:
        for match in pattern.finditer(text):
            if check(match.group()):
                yield PersonalSpan(match.start(), match.start() + len(match.group().rstrip(".")), type_)


def _phones(text: str) -> Iterator[PersonalSpan]:
    import phonenumbers

    for region in PHONE_REGIONS:
        for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.POSSIBLE):
            n_digits = sum(sign.isdigit() for sign in match.raw_string)
            if n_digits >= MIN_PHONE_DIGITS and not _inside_number(text, match.start, match.end):
                yield PersonalSpan(match.start, match.end, "PHONE_NUMBER")


def _inside_number(text: str, start: int, end: int) -> bool:
    """Whether more digits stand right before or after: part of an order or card number."""
    return text[max(0, start - 2) : start].strip(" -")[-1:].isdigit() or text[end : end + 2].strip(" -")[:1].isdigit()


def _names(text: str, nlp: Language) -> Iterator[PersonalSpan]:
    for pattern in (TITLE, SAYS_NAME):
        for match in pattern.finditer(text):
            if not NOT_A_NAME.search(match[1]):
                yield PersonalSpan(match.start(1), match.end(1), "PERSON")
    for start in range(0, len(text), MAX_PARSED):
        for entity in nlp(text[start : start + MAX_PARSED], disable=["parser", "lemmatizer"]).ents:
            if entity.label_ == "PERSON" and _is_name(entity):
                yield PersonalSpan(start + entity.start_char, start + entity.end_char, "PERSON")


def _is_name(entity: Span) -> bool:
    """Whether a person that the small model saw may be one: it takes brands, greetings and fillers for people."""
    return entity.text[:1].isupper() and not NOT_A_NAME.search(entity.text) and len(entity) <= 5
