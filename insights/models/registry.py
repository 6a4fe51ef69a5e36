"""The models by name: their verified folders, their state, and fetching them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from insights.errors import ModelError
from insights.models.manifest import Model
from insights.models.places import (
    ModelStatus,
    check_files,
    find_folder,
    find_model,
    missing_files,
    models,
    roots,
    status_of,
)


def list_models() -> tuple[ModelStatus, ...]:
    """Every model of the manifest with its state, by presence and size of its files."""
    return tuple(status_of(model) for model in models().values())


def key(name: str) -> str:
    """A hash over the model's files, for caches: other weights, another key."""
    return find_model(name).key


def path(name: str) -> Path:
    """The folder of a model, each of its files checked against the manifest (once per process)."""
    model = find_model(name)
    folder = find_folder(model)
    if folder is None:
        raise ModelError(_missing(model))
    return _checked(model, folder)


def verify(name: str) -> Path:
    """The same as `path`, reading every byte again."""
    _checked.cache_clear()
    return path(name)


def get(name: str, tell: Callable[[str], None] = lambda line: None) -> Path:
    """The verified folder of a model, fetched first where it is missing or wrong.

    Args:
        name: a name in models/manifest.toml.
        tell: called with a line of progress before each download.
    """
    model = find_model(name)
    folder = find_folder(model)
    if folder is not None:
        try:
            return _checked(model, folder)
        except ModelError as error:
            tell(str(error))
    from insights.models.fetch import fetch

    return _checked(model, fetch(model, tell))


@lru_cache(maxsize=32)
def _checked(model: Model, folder: Path) -> Path:
    check_files(model, folder)
    return folder


def _missing(model: Model) -> str:
    there = [root / model.folder for root in roots() if (root / model.folder).is_dir()]
    if there:
        lacks = missing_files(model, there[0])
        what = f"{there[0]} lacks {', '.join(lacks[:3])}{' and more' if len(lacks) > 3 else ''}"
    else:
        what = f"looked in {', '.join(str(root) for root in roots())}"
    return f"No model '{model.name}' ({what}). Run `insights models get {model.name}`."
