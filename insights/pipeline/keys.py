"""Keys of results: the same input, options, versions and models give the same key."""

from __future__ import annotations

import hashlib
import json


def key_of(*parts: object) -> str:
    """A sha256 over the parts, each taken by its repr or JSON form; frozen dataclasses and tuples of them will do."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(json.dumps(part, default=repr, sort_keys=True).encode())
        digest.update(b"\0")
    return digest.hexdigest()
