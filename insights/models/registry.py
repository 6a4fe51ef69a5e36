"""The models by name: their verified folders, their state, and fetching them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from insights.errors import ModelError
from insights.models.folders import is_folder, own_folder, own_model, own_status
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


def list_models(*names: str) -> tuple[ModelStatus, ...]:
    """Every model of the manifest with its state, by presence and size; then the user's folders among `names`."""
    own = tuple(own_status(name) for name in names if is_folder(name))
    return (*(status_of(model) for model in models().values()), *own)


def key(name: str) -> str:
    """A hash over the model's files, for caches: other weights, another key; the same wherever they lie."""
    return _find(name).key


def size(name: str) -> int:
    """Bytes of the model's files."""
    return own_status(name).size if is_folder(name) else find_model(name).size


def label(name: str) -> str:
    """The model as a report names it: its full name; a folder of the user's own with the hash of its files."""
    if not is_folder(name):
        return find_model(name).name
    folder = Path(name).expanduser()
    if not folder.is_dir():  # a report may be written where the recordings were not heard
        return f"{folder.name} (own folder, not here)"
    return f"{folder.resolve().name} (own folder, sha256 {key(name)[:12]})"


def path(name: str) -> Path:
    """The folder of a model, each of its files checked against the manifest (once per process).

    Args:
        name: a name or short name of the manifest, or the path of a folder with a speech model.
    """
    if is_folder(name):
        return own_folder(name)
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
        name: as for `path`; a folder of the user's own is only checked.
        tell: called with a line of progress before each download.
    """
    if is_folder(name):
        return own_folder(name)
    model = find_model(name)
    folder = find_folder(model)
    if folder is not None:
        try:
            return _checked(model, folder)
        except ModelError as error:
            tell(str(error))
    from insights.models.fetch import fetch

    return _checked(model, fetch(model, tell))


def _find(name: str) -> Model:
    return own_model(name) if is_folder(name) else find_model(name)


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
