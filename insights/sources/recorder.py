"""JSON of recorders and transcribers.

The documented schema, in which everything but `text` may be left out:

    {"title": "…", "started_at": "2026-10-06T15:00:00Z", "language": "en", "kind": "meeting", "consent": "…",
     "participants": [{"name": "…", "email": "…", "role": "rep"}],
     "metadata": {"account": "…", "stage": "…"},
     "time_unit": "s",
     "segments": [{"speaker": "…", "start": 0.0, "end": 2.5, "text": "…"}]}

`role` is "rep" or "customer"; times are seconds, "0:01:02.5", or with "time_unit": "ms" milliseconds. Other exports are
read as exports.toml says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal
from zoneinfo import ZoneInfo

from insights.errors import SourceError
from insights.sources.clocks import parse_moment, parse_time
from insights.sources.limits import MAX_JSON_NODES
from insights.sources.names import load_exports, normalise_keys, pick, read_role
from insights.sources.speakers import label_turns
from insights.sources.turns import Transcript, Turn, clean
from insights.types import Metadata, Participant, Word

UNITS = {"s": 1.0, "ms": 0.001}
METADATA_TEXTS = ("account", "deal_id", "rep", "stage", "outcome", "segment")


def parse_json(text: str, zone: ZoneInfo) -> tuple[Transcript, ...]:
    """Read the JSON of a recorder or transcriber."""
    top = _load(text)
    records, unit_s = _find_segments(top)
    turns = tuple(_to_turn(record, unit_s) for record in records)
    about = normalise_keys(top) if isinstance(top, dict) else {}
    return (_to_transcript(about, label_turns(turns), zone),)


def _load(text: str) -> Any:
    if text.count("{") + text.count("[") > MAX_JSON_NODES:
        raise SourceError(f"is JSON with more than {MAX_JSON_NODES:,} objects and lists, too many for a transcript.")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(f"is no valid JSON (line {error.lineno}: {error.msg}).") from error
    except RecursionError as error:
        raise SourceError("is JSON nested too deeply for a transcript.") from error
    except ValueError as error:  # a number of thousands of digits
        raise SourceError("is JSON with a number too long to read.") from error


def _find_segments(top: Any) -> tuple[list[dict[str, Any]], float]:
    names = load_exports()["segment"]["text"]
    for export in load_exports()["export"]:
        if "needs" in export and not (isinstance(top, dict) and export["needs"] in top):
            continue
        records = [normalise_keys(record) for record in _walk(top, export["at"].split(".") if export["at"] else [])]
        if "within" in export:
            records = [sentence for record in records for sentence in _unfold(record, export["within"])]
        if any(isinstance(pick(record, names), str) for record in records):
            unit = top.get("time_unit") if isinstance(top, dict) else None
            return records, UNITS.get(str(unit), UNITS[export.get("unit", "s")])
    raise SourceError(
        'is JSON without a transcript; expected {"segments": [{"speaker": …, "start": …, "end": …, "text": …}, …]}.'
    )


def _walk(node: Any, keys: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the objects of the list that lies under `keys`."""
    if not keys:
        if isinstance(node, list):
            yield from (record for record in node if isinstance(record, dict))
    elif keys[0] == "*":
        for child in node if isinstance(node, list) else ():
            yield from _walk(child, keys[1:])
    elif isinstance(node, dict):
        yield from _walk(node.get(keys[0]), keys[1:])


def _unfold(record: Mapping[str, Any], within: str) -> Iterator[dict[str, Any]]:
    sentences = record.get(within)
    for sentence in sentences if isinstance(sentences, list) else ():
        if isinstance(sentence, dict):
            yield {**record, **normalise_keys(sentence)}


def _to_turn(record: Mapping[str, Any], unit_s: float) -> Turn:
    names = load_exports()["segment"]
    start, start_s = _read_time(record, names["start"], names["start_ms"], unit_s)
    end, end_s = _read_time(record, names["end"], names["end_ms"], unit_s)
    text = pick(record, names["text"])
    text = text if isinstance(text, str) else ""
    words = tuple(_read_words(pick(record, names["words"]), unit_s))
    return Turn(
        speaker=_read_speaker(pick(record, names["speaker"])),
        text=text,
        start_s=start_s,
        end_s=end_s,
        confidence=_read_share(pick(record, names["confidence"])),
        words=words if _spell(word.text for word in words) == _spell([text]) else (),
        bad_time=(start is not None and start_s is None) or (end is not None and end_s is None),
    )


def _read_time(
    record: Mapping[str, Any], names: list[str], names_ms: list[str], unit_s: float
) -> tuple[Any, float | None]:
    value_ms = pick(record, names_ms)
    if value_ms is not None:
        return value_ms, parse_time(value_ms, UNITS["ms"])
    value = pick(record, names)
    return value, parse_time(value, unit_s)


def _read_speaker(value: Any) -> str:
    if isinstance(value, dict):  # {"id": 3, "name": "…"}
        return _read_speaker(pick(normalise_keys(value), load_exports()["participant"]["name"]))
    if isinstance(value, int) and not isinstance(value, bool):
        return f"speaker {value}"
    return value if isinstance(value, str) else ""


def _read_share(value: Any) -> float:
    number = parse_time(value)
    return number if number is not None and 0 <= number <= 1 else 1.0


def _spell(texts: Iterable[str]) -> str:
    """Join texts without white space, to tell whether words are those of their segment."""
    return "".join("".join(text.split()) for text in texts)


def _read_words(values: Any, unit_s: float) -> Iterator[Word]:
    """Yield the words that have their times; a recogniser leaves them out of numbers, for one."""
    names = load_exports()["word"]
    for value in values if isinstance(values, list) else ():
        record = normalise_keys(value) if isinstance(value, dict) else {}
        text, start_s = pick(record, names["text"]), parse_time(pick(record, names["start"]), unit_s)
        end_s = parse_time(pick(record, names["end"]), unit_s)
        if isinstance(text, str) and start_s is not None and end_s is not None and 0 <= start_s <= end_s:
            spelled = f" {clean(text)}" if text[:1].isspace() else clean(text)
            yield Word(spelled, start_s, end_s, _read_share(pick(record, names["probability"])))


def _to_transcript(about: Mapping[str, Any], turns: tuple[Turn, ...], zone: ZoneInfo) -> Transcript:
    names = load_exports()["top"]
    title, kind = pick(about, names["title"]), str(pick(about, names["kind"]) or "").lower()
    spoken: Literal["", "call", "meeting", "voicemail"] = next(
        (known for known in ("call", "meeting", "voicemail") if known == kind), ""
    )
    return Transcript(
        turns=turns,
        subject=clean(title) if isinstance(title, str) else "",
        started_at=next(filter(None, (parse_moment(about.get(name), zone) for name in names["started_at"])), None),
        language=_read_language(pick(about, names["language"])),
        kind=spoken,
        participants=tuple(_read_participants(pick(about, names["participants"]))),
        metadata=_read_metadata(pick(about, names["metadata"])),
        consent=clean(str(pick(about, names["consent"]) or "")),
        n_lost=sum(not turn.text.strip() and turn.start_s is None for turn in turns),
    )


def _read_language(value: Any) -> str:
    code = str(value or "").replace("_", "-").split("-")[0].strip().lower()
    return code if code.isalpha() and len(code) in (2, 3) else "en"


def _read_participants(values: Any) -> Iterator[Participant]:
    names = load_exports()["participant"]
    for value in values if isinstance(values, list) else ():
        record = normalise_keys(value) if isinstance(value, dict) else {"name": value}
        name, email = pick(record, names["name"]), pick(record, names["email"])
        if isinstance(name, str) or isinstance(email, str):
            yield Participant(
                name=clean(name) if isinstance(name, str) else "",
                email=clean(email).lower() if isinstance(email, str) else "",
                role=read_role(pick(record, names["role"])),
            )


def _read_metadata(value: Any) -> Metadata:
    record = value if isinstance(value, dict) else {}
    known: dict[str, Any] = {
        key: clean(str(record[key])) or None for key in METADATA_TEXTS if record.get(key) is not None
    }
    return Metadata(**known, amount=parse_time(record.get("amount")))
