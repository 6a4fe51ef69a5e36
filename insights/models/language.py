"""The English pipeline of spaCy, loaded from its verified folder."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from insights.models.registry import path

if TYPE_CHECKING:
    from spacy.language import Language


@lru_cache(maxsize=1)
def load_spacy() -> Language:
    """en_core_web_sm with all its parts, loaded once per process."""
    import spacy

    return spacy.load(path("en_core_web_sm"))
