"""What the predictors work with, each loaded when first asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from insights import models

if TYPE_CHECKING:
    from spacy.language import Language

    from insights.config import Settings
    from insights.signals import Adapter


class Tools:
    """The settings, the folder of the file, what was learnt from the user's labels, and the models."""

    def __init__(self, settings: Settings, folder: Path, adapter: Adapter | None = None) -> None:
        self.settings = settings
        self.folder = folder
        self.adapter = adapter

    @cached_property
    def nlp(self) -> Language:
        """The English pipeline."""
        return models.load_spacy()

    @cached_property
    def embed(self) -> models.Embedder:
        """The sentence embedder."""
        return models.load_embedder()

    @cached_property
    def embed_themes(self) -> models.Embedder:
        """The embedder of themes."""
        return models.load_theme_embedder()
