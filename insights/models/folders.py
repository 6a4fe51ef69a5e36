"""Speech models in a folder of the user's own: checked for what they need, known by the hash of their files."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from insights.errors import ModelError
from insights.models.manifest import Model, ModelFile
from insights.models.places import ModelStatus, sha256_of

NEEDED = ("config.json", "model.bin", "tokenizer.json")
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")  # one of them
OPTIONAL = ("preprocessor_config.json",)  # needed where the model hears 128 bands, as large-v3 does
SIGNATURE = b"WhisperSpec"  # CTranslate2 writes the kind of model into the first bytes


def is_folder(name: str) -> bool:
    """Whether a model is named by its path rather than by its name in the manifest."""
    return name.startswith(("~", ".")) or "/" in name or os.sep in name


def own_folder(name: str) -> Path:
    """The folder at the path `name`; ModelError where it is no CTranslate2 Whisper model."""
    folder = Path(name).expanduser().resolve()
    if not folder.is_dir():
        raise ModelError(f"No folder '{folder}' for the speech model.")
    lacking = [file for file in NEEDED if not (folder / file).is_file()]
    if not any((folder / file).is_file() for file in VOCABULARIES):
        lacking.append(" or ".join(VOCABULARIES))
    if lacking:
        raise ModelError(
            f"{folder} is no CTranslate2 Whisper model: it lacks {', '.join(lacking)}. "
            "models/README.md says how to make one."
        )
    with (folder / "model.bin").open("rb") as stream:
        if SIGNATURE not in stream.read(64):
            raise ModelError(f"{folder}/model.bin holds no Whisper model of CTranslate2.")
    return folder


def own_model(name: str) -> Model:
    """The folder as a model, with the sizes and hashes of its files as they are now."""
    folder = own_folder(name)
    stats = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in _files(folder)]
    return _model(folder, tuple(stats))


def own_status(name: str) -> ModelStatus:
    """The line of `insights models list` for a folder."""
    folder = own_folder(name)
    size = sum(path.stat().st_size for path in _files(folder))
    return ModelStatus(
        name=str(folder),
        state="ready",
        use="speech to text, from a folder of your own",
        licence="see its origin",
        origin=str(folder),
        size=size,
        folder=str(folder),
        sources=("own folder",),
    )


def _files(folder: Path) -> list[Path]:
    names = (*NEEDED, *VOCABULARIES, *OPTIONAL)
    return [folder / name for name in names if (folder / name).is_file()]


@lru_cache(maxsize=4)  # hashing gigabytes takes seconds; another size or time is another model
def _model(folder: Path, stats: tuple[tuple[str, int, int], ...]) -> Model:
    files = tuple(ModelFile(name, size, sha256_of(folder / name)) for name, size, _ in stats)
    return Model(
        name=str(folder),
        folder=str(folder),
        use="speech to text, from a folder of your own",
        licence="see its origin",
        origin=str(folder),
        files=files,
    )
