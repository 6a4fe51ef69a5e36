"""What the predictors work with, each loaded when first asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from insights import models

if TYPE_CHECKING:
    from spacy.language import Language

    from insights.config import Settings


class Tools:
    """The settings, the folder of the file, and the models."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder

    @cached_property
    def nlp(self) -> Language:
        """The English pipeline."""
        return models.load_spacy()

    @cached_property
    def embed(self) -> models.Embedder:
        """The sentence embedder."""
        return models.load_embedder()
