"""Captions: WebVTT (Zoom, Teams, Meet, any player) and SubRip."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from webvtt import Caption, WebVTT
from webvtt.errors import MalformedFileError

from insights.errors import SourceError
from insights.sources.limits import MAX_SEGMENTS
from insights.sources.speakers import label_turns
from insights.sources.turns import Transcript, Turn

VOICE = re.compile(r"<v(?:\.[\w.-]+)?[ \t]+([^<>\n]{1,200})>")
WITH_TEXT = re.compile(r"-->[^\n]*\n[^\n]*\S")  # a cue whose first line is not blank
TAG = re.compile(r"<[^<>\n]*>")
LANGUAGE = re.compile(r"language:\s*([a-z]{2,3})\b", re.IGNORECASE)


def parse_vtt(text: str, zone: ZoneInfo) -> tuple[Transcript, ...]:
    """Read WebVTT; speakers come from voice tags, else from "Name: " at the front of cues."""
    _check_size(text)
    if not text.startswith("WEBVTT"):
        raise SourceError("is no WebVTT: its first line must begin with WEBVTT.")
    captions = WebVTT.from_string(text)
    language = next(filter(None, map(LANGUAGE.match, captions.metadata)), None)
    return (_to_transcript(captions, text, language[1].lower() if language else "en"),)


def parse_srt(text: str, zone: ZoneInfo) -> tuple[Transcript, ...]:
    """Read SubRip; speakers come from "Name: " at the front of cues.

    The parser is webvtt-py's, as it is linear in the length of the file whatever the file holds.
    """
    _check_size(text)
    try:
        captions = WebVTT.from_buffer([text.lstrip()], format="srt")
    except MalformedFileError as error:
        raise SourceError("is no SubRip: it must begin with a cue number and a line '00:00:01,000 --> …'.") from error
    return (_to_transcript(captions, text, "en"),)


def _check_size(text: str) -> None:
    n_cues = text.count("-->")
    if n_cues > MAX_SEGMENTS:
        raise SourceError(f"holds {n_cues:,} cues, more than the {MAX_SEGMENTS:,} of any real call.")
    if n_cues == 0:
        raise SourceError("holds no cues (no line '00:00:01.000 --> 00:00:02.000').")


def _to_transcript(captions: WebVTT, text: str, language: str) -> Transcript:
    # A cue whose timing line cannot be read is left out by the parser; it is counted here and told of.
    n_read = sum(bool(caption.text.strip()) for caption in captions.captions)
    n_lost = max(0, len(WITH_TEXT.findall(text)) - n_read)
    return Transcript(label_turns(tuple(_to_turns(captions.captions))), language=language, n_lost=n_lost)


def _to_turns(captions: Iterable[Caption]) -> Iterator[Turn]:
    for caption in captions:
        start_s = caption.start_time.in_milliseconds() / 1000
        end_s = caption.end_time.in_milliseconds() / 1000
        for speaker, words in _split_voices(caption.raw_text):
            yield Turn(speaker, words, start_s, end_s)


def _split_voices(raw: str) -> Iterator[tuple[str, str]]:
    """Cut a cue at its voice tags: usually one, though several people may share a cue."""
    before, *voices = VOICE.split(raw)  # text, name, text, name, text …
    parts = [("", before), *zip(voices[::2], voices[1::2], strict=True)]
    for speaker, words in parts:
        plain = html.unescape(TAG.sub("", words)).strip()
        if plain:
            yield html.unescape(speaker).strip(), plain
