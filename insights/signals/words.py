"""Lists of words, kept as data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _lists() -> dict[str, str]:
    return tomllib.loads(files("insights.signals").joinpath("words.toml").read_text("utf-8"))


def words(name: str) -> frozenset[str]:
    """One list of words.toml."""
    return frozenset(_lists()[name].split())
