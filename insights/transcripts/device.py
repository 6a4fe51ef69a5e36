"""Where the recogniser runs: on a graphics card that works, else on the processor."""

from __future__ import annotations

import ctypes
import importlib.util
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from insights.errors import ModelError

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

Wanted = Literal["auto", "cpu", "cuda"]

NO_CARD = ["none was found"]
TRIAL_FRAMES = 3000  # of 10 ms: the 30 seconds that Whisper's encoder takes
CARD_LIBRARIES = ("libcublasLt.so.12", "libcublas.so.12")  # CTranslate2 opens them when it first multiplies

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A device and the numbers it calculates with."""

    device: Literal["cpu", "cuda"]
    compute_type: Literal["int8", "int8_float16", "float16"]


CPU = Place("cpu", "int8")  # float32 is ten times slower
CARD = (Place("cuda", "float16"), Place("cuda", "int8_float16"))  # the second where the first does not fit


def has_card() -> bool:
    """Whether there is a graphics card with the libraries that CTranslate2 needs."""
    import ctranslate2

    return ctranslate2.get_cuda_device_count() > 0 and not _missing_libraries()


def load_model(folder: Path, wanted: Wanted = "auto", threads: int = 1) -> WhisperModel:
    """The weights, loaded where they run best; a card that fails its trial costs a warning, no more.

    Raises ModelError where `wanted` is "cuda" and no card works, or where the weights themselves are unusable.
    """
    reasons = _reasons_against_card() if wanted != "cpu" else ["not wanted"]
    places = (*(() if reasons else CARD), *(() if wanted == "cuda" else (CPU,)))
    for place in places:
        if place == CPU and reasons not in (NO_CARD, ["not wanted"]):
            logger.warning("The graphics card is not used: %s.", "; ".join(reasons))
        try:
            return _load(folder, place, threads)
        except (RuntimeError, ValueError) as error:  # CTranslate2's: no memory, no library, a type the card lacks
            reasons.append(f"{place.device} {place.compute_type}: {error}")
            if place == CPU:
                raise ModelError(f"The speech model in {folder} cannot be loaded ({error}).") from error
    raise ModelError(f'No graphics card can be used ({"; ".join(reasons)}). Set device to "auto" or "cpu".')


def _reasons_against_card() -> list[str]:
    """Why no graphics card should be tried; empty where one should."""
    import ctranslate2

    if ctranslate2.get_cuda_device_count() == 0:
        return list(NO_CARD)
    if missing := _missing_libraries():
        return [f"{', '.join(missing)} cannot be opened; `pip install nvidia-cublas-cu12` brings it"]
    return []


def _load(folder: Path, place: Place, threads: int) -> WhisperModel:
    from faster_whisper import WhisperModel

    model = WhisperModel(
        str(folder), device=place.device, compute_type=place.compute_type, cpu_threads=threads, local_files_only=True
    )
    _check_bands(model, folder)
    if place.device == "cuda":
        _try_out(model)
    return model


def _check_bands(model: Any, folder: Path) -> None:
    """ModelError where the sound would be given to the model in another number of bands than it hears."""
    given, heard = model.feature_extractor.mel_filters.shape[0], model.model.n_mels
    if given != heard:
        raise ModelError(
            f"{folder}: the model hears {heard} bands, but is given {given}. "
            "Put the preprocessor_config.json of its origin beside it."
        )


def _try_out(model: Any) -> None:
    """Encode half a minute of silence: what a card lacks shows here, not in the middle of a call."""
    import numpy as np

    model.encode(np.zeros((model.model.n_mels, TRIAL_FRAMES), dtype=np.float32))


def _missing_libraries() -> list[str]:
    """The card's libraries that cannot be opened; those that came as Python packages are opened where they lie."""
    return [name for name in CARD_LIBRARIES if not _opens(name)]


def _opens(library: str) -> bool:
    for place in (library, *_packaged(library)):
        try:
            ctypes.CDLL(place, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        return True
    return False


def _packaged(library: str) -> Iterator[str]:
    """Where the package nvidia-cublas-cu12 puts a library."""
    spec = importlib.util.find_spec("nvidia")
    for root in (spec.submodule_search_locations or ()) if spec else ():
        yield str(Path(root) / "cublas" / "lib" / library)
