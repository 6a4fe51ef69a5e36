"""Where model folders lie, and whether what lies there is what the manifest names."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import insights
from insights.errors import ModelError
from insights.models.manifest import Model, manifest

State = Literal["ready", "incomplete", "missing"]


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One line of `insights models list`."""

    name: str
    state: State  # by presence and size; only `verify` reads the bytes
    use: str
    licence: str
    origin: str
    size: int  # bytes
    folder: str  # where it lies, or would be put
    sources: tuple[str, ...] = ()  # whence it can be fetched: "package", "hub"; none: it comes with insights


def home() -> Path:
    """The folder of the manifest: `models/` of a checkout, else the copy inside the installed package."""
    package = Path(insights.__file__).parent
    checkout = package.parent / "models"
    return checkout if (checkout / "manifest.toml").is_file() else package / "_models"


def roots() -> tuple[Path, ...]:
    """The folders that may hold models, in the order in which they are looked at."""
    own = os.environ.get("INSIGHTS_MODELS_DIR")
    return (*((Path(own),) if own else ()), home(), _cache())


def write_root() -> Path:
    """The folder into which fetched models go: the first of `roots` that may be written."""
    own = os.environ.get("INSIGHTS_MODELS_DIR")
    if own:
        return Path(own)
    is_checkout = home().name == "models"  # the copy inside an installed package belongs to pip
    return home() if is_checkout and os.access(home(), os.W_OK) else _cache()


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("insights") / "models"


def models() -> dict[str, Model]:
    """Every model of the manifest, by name."""
    return manifest(home() / "manifest.toml")


def find_model(name: str) -> Model:
    """The manifest's entry for a name or one of its short names."""
    found = models().get(name) or next((model for model in models().values() if name in model.aliases), None)
    if found is None:
        raise ModelError(
            f"No model '{name}' in models/manifest.toml (there: {', '.join(models())}). "
            "A folder of your own is named by its path, as './my-model'."
        )
    return found


def find_folder(model: Model) -> Path | None:
    """The first folder that has all files of the model, by name."""
    folders = (root / model.folder for root in roots())
    return next((folder for folder in folders if not missing_files(model, folder)), None)


def missing_files(model: Model, folder: Path) -> tuple[str, ...]:
    """The names of the model's files that `folder` lacks."""
    return tuple(file.name for file in model.files if not (folder / file.name).is_file())


def check_files(model: Model, folder: Path) -> None:
    """Read every file of the model and compare it with the manifest; ModelError where one differs."""
    for file in model.files:
        path = folder / file.name
        size = path.stat().st_size
        if size != file.size:
            raise ModelError(_wrong(model, path, f"{size:,} bytes, not {file.size:,}"))
        found = sha256_of(path)
        if found != file.sha256:
            raise ModelError(_wrong(model, path, f"sha256 {found[:12]}…, not {file.sha256[:12]}…"))


def _wrong(model: Model, path: Path, what: str) -> str:
    return (
        f"{path} is not the file that models/manifest.toml names ({what}). "
        f"Run `insights models get {model.name}` to fetch it again."
    )


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def status_of(model: Model) -> ModelStatus:
    """Where a model lies and whether all its files are there."""
    folder = find_folder(model) or next(
        (root / model.folder for root in roots() if (root / model.folder).is_dir()), write_root() / model.folder
    )
    state: State = "missing"
    if folder.is_dir():
        sizes = (folder / file.name for file in model.files)
        right = [
            path.is_file() and path.stat().st_size == file.size for path, file in zip(sizes, model.files, strict=True)
        ]
        state = "ready" if all(right) else "incomplete"
    return ModelStatus(
        name=model.name,
        state=state,
        use=model.use,
        licence=model.licence,
        origin=model.origin,
        size=model.size,
        folder=str(folder),
        sources=model.sources,
    )
