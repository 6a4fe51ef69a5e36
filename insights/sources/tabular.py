"""CSV transcripts: a header with `text`, and of `conversation_id, speaker, start, end` what there is.

Times are seconds or clock times (00:01:02). Columns may be split by comma, semicolon or tab.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO
from zoneinfo import ZoneInfo

from insights.errors import SourceError
from insights.sources.clocks import parse_time
from insights.sources.limits import MAX_SEGMENTS
from insights.sources.names import load_exports, pick, squash
from insights.sources.speakers import label_turns
from insights.sources.turns import Transcript, Turn, clean

DELIMITERS = ",;\t|"


def parse_csv(text: str, zone: ZoneInfo) -> tuple[Transcript, ...]:
    """Read one conversation, or where there is a `conversation_id` column, one for each of its values."""
    turns_by_key: dict[str, list[Turn]] = {}
    n_lost_by_key: dict[str, int] = {}
    names = load_exports()["segment"]
    for _, record in read_rows(text, needed=names["text"]):
        key = clean(str(pick(record, names["conversation"]) or ""))
        turn = _to_turn(record)
        if not turn.text.strip():
            n_lost_by_key[key] = n_lost_by_key.get(key, 0) + 1
        turns_by_key.setdefault(key, []).append(turn)
    return tuple(
        Transcript(label_turns(turns), key=key, n_lost=n_lost_by_key.get(key, 0)) for key, turns in turns_by_key.items()
    )


def read_rows(
    text: str, *, needed: Sequence[str], spell: Callable[[str], str] = squash
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line numbers and records, keys spelt by `spell`; SourceError where no column has a `needed` name.

    A row with more cells than the header has commas in its last text that nobody quoted: they are put back.
    """
    header = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=header.count)
    reader = csv.reader(StringIO(text.lstrip()), delimiter=delimiter)
    try:
        columns = [spell(column) for column in next(reader)]
        if not any(name in columns for name in needed):
            raise SourceError(f"has the columns {_shorten(header)}; one of them must be '{needed[0]}'.")
        for number, cells in enumerate(filter(any, reader), start=1):
            if number > MAX_SEGMENTS:
                raise SourceError(f"has more than {MAX_SEGMENTS:,} rows. Split it.")
            kept = len(columns) - 1
            yield reader.line_num, dict(zip(columns, [*cells[:kept], delimiter.join(cells[kept:])], strict=False))
    except csv.Error as error:
        raise SourceError(f"is no readable CSV (line {reader.line_num}: {error}).") from error


def _shorten(header: str) -> str:
    shown = clean(header)
    return f"'{shown[:80]}…'" if len(shown) > 80 else f"'{shown}'"


def _to_turn(record: Mapping[str, str]) -> Turn:
    names = load_exports()["segment"]
    start, end = pick(record, names["start"]), pick(record, names["end"])
    start_s, end_s = parse_time(start), parse_time(end)
    return Turn(
        speaker=str(pick(record, names["speaker"]) or ""),
        text=str(pick(record, names["text"]) or ""),
        start_s=start_s,
        end_s=end_s,
        bad_time=(start is not None and start_s is None) or (end is not None and end_s is None),
    )
