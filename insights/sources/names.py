"""What fields are called in other people's exports (exports.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from insights.types import Role


@cache
def load_exports() -> Mapping[str, Any]:
    """Read the table of known exports and of the names of their fields."""
    return tomllib.loads(files("insights.sources").joinpath("exports.toml").read_text(encoding="utf-8"))


def squash(key: str) -> str:
    """Spell a key in lower case without separators, so that startTime, start_time and "Start Time" are one."""
    return re.sub(r"[\s_-]+", "", key).lower()


def underscore(key: str) -> str:
    """Spell a column as our tables do: "Deal ID" is deal_id."""
    return re.sub(r"[\s_-]+", "_", key.strip()).lower()


def normalise_keys(record: Mapping[str, Any]) -> dict[str, Any]:
    """Squash the keys of a record."""
    return {squash(key): value for key, value in record.items() if isinstance(key, str)}


def pick(record: Mapping[str, Any], names: Sequence[str]) -> Any:
    """Take the first value that is there, of a record with normalised keys; None if none is."""
    return next((record[name] for name in names if record.get(name) not in (None, "")), None)


def read_role(value: object) -> Role:
    """Read our side or theirs from what a source calls it."""
    word = str(value or "").strip().lower()
    roles = load_exports()["roles"]
    return next((role for role in ("rep", "customer") if word in roles[role]), "unknown")
