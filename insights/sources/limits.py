"""How much one source may hold: far above any real call, low enough for bounded time and memory."""

from __future__ import annotations

MAX_TEXT_BYTES = 50 * 2**20  # a mail or transcript file; a four-hour call is about 0.5 MB of captions
MAX_LINES = 500_000
MAX_SEGMENTS = 100_000  # a four-hour call has about 10,000
MAX_TURN_CHARS = 100_000  # at one stretch; an hour's monologue is about 50,000
MAX_JSON_NODES = 2_000_000  # objects and lists
MAX_TIME_S = 24 * 3600.0
