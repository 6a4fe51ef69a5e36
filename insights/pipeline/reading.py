"""Files to conversations: what is new is read or transcribed, each file kept as soon as it is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from insights import models, sources, transcripts
from insights.config import Settings
from insights.errors import InsightsError, SourceError
from insights.pipeline.expecting import names_expected, spell_anew, with_names, without_names
from insights.pipeline.keys import key_of
from insights.pipeline.progress import Notify, Progress
from insights.store import Store
from insights.types import Conversation, Failure, Recording


@dataclass(slots=True)
class Reading:
    """What came of the files of one run."""

    file_ids: set[str] = field(default_factory=set)  # all that were seen, new or known
    n_new: int = 0
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording to transcribe, and the conversation that its words will fill."""

    recording: Recording
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file that was read, and is kept once the recordings attached to it are."""

    file_id: str
    path: Path
    key: str
    conversations: tuple[Conversation, ...]
    attached_ids: tuple[str, ...] = ()


def read_files(store: Store, files: Sequence[Path], settings: Settings, notify: Notify) -> Reading:
    """Read what is new or changed among the files into the store.

    One broken file never stops the others: it is a Failure, and tried again by the next run.
    """
    reading = Reading()
    sounds: dict[str, Sound] = {}
    parcels: list[Parcel] = []
    for number, path in enumerate(files, 1):
        parcel = _read_file(store, path, settings, reading, sounds)
        if parcel and parcel.attached_ids:
            parcels.append(parcel)
        elif parcel:
            _keep(store, parcel, reading)
        notify(Progress("reading", number, len(files)))
    _transcribe(store, sounds, settings, reading, notify)
    spell_anew(store, read_key(settings), files, settings)
    known = store.file_keys()
    for parcel in parcels:
        complete = all(attached_id in known for attached_id in parcel.attached_ids)
        _keep(store, parcel if complete else replace(parcel, key=""), reading)
    return reading


def transcribe_options(settings: Settings) -> transcripts.TranscribeOptions:
    """How recordings are transcribed under these settings."""
    return transcripts.TranscribeOptions(
        model=settings.speech_model,
        hear_again=settings.hear_again,
        max_duration_s=settings.max_duration_s,
        n_speakers=settings.n_speakers,
        device=settings.device,
        vocabulary=names_expected(settings),
        vocabulary_hints=settings.vocabulary_hints,
    )


def read_key(settings: Settings) -> str:
    """The key of reading a file: it changes when a file would read differently.

    The model counts by its weights, not by its name or place; where it runs does not count, nor do the names that are
    put right in what was recognised, unless the recogniser is told them.
    """
    options = transcribe_options(settings)
    helper = transcripts.helper_of(options)
    weights = (models.key("campplus"), models.key(helper) if helper else "")
    options = replace(options, model=models.key(settings.speech_model), device="auto")
    if not options.vocabulary_hints:
        options = replace(options, vocabulary=())
    return key_of(sources.VERSION, transcripts.VERSION, options, weights)


def _read_file(
    store: Store, path: Path, settings: Settings, reading: Reading, sounds: dict[str, Sound]
) -> Parcel | None:
    """Read one file: its conversations as a parcel, its recordings into `sounds`; None if nothing is left to keep."""
    key = read_key(settings)
    try:
        file_id = sources.identify(path)
        if file_id in reading.file_ids:
            return None
        reading.file_ids.add(file_id)
        if _is_known(store, file_id, path, key):
            return None
        items = tuple(sources.read(path, settings))
    except SourceError as error:
        reading.failures.append(Failure(str(path), str(error).removeprefix(f"{path}: ")))
        return None
    failures = [item for item in items if isinstance(item, Failure)]
    reading.failures.extend(failures)
    for item in items:
        if isinstance(item, Recording):
            sounds[item.id] = Sound(item, Conversation(item.id, "call", item.path, (), started_at=item.started_at))
            return None  # a sound file is kept with its words, once it is transcribed
        if isinstance(item, sources.Attached):
            sounds[item.recording.id] = Sound(item.recording, item.conversation)
    conversations = tuple(item for item in items if isinstance(item, Conversation))
    attached_ids = tuple(item.recording.id for item in items if isinstance(item, sources.Attached))
    reading.file_ids.update(attached_ids)
    return Parcel(file_id, path, "" if failures else key, conversations, attached_ids)


def _is_known(store: Store, file_id: str, path: Path, key: str) -> bool:
    """Whether the bytes were read before under this key; where they have moved since, the new place is noted."""
    if without_names(store.file_keys().get(file_id, "")) != key:
        return False
    known = store.file_paths()[file_id]
    if known != str(path) and not Path(known).exists():
        store.move_file(file_id, path)
    return True


def _keep(store: Store, parcel: Parcel, reading: Reading) -> None:
    store.save_file(parcel.file_id, parcel.path, parcel.key, parcel.conversations)
    reading.n_new += 1


def _transcribe(
    store: Store,
    sounds: dict[str, Sound],
    settings: Settings,
    reading: Reading,
    notify: Notify,
) -> None:
    """Transcribe recordings in worker processes; each transcript is kept as it comes."""
    probed = list(_probe(sounds, settings, reading))
    known = store.file_keys()
    key = read_key(settings)
    wanted = [recording for recording in probed if without_names(known.get(recording.id, "")) != key]

    def tell(progress: transcripts.Progress) -> None:
        notify(Progress("transcribing", progress.done_s, progress.total_s))

    options = transcribe_options(settings)
    for recording, result in transcripts.transcribe_all(wanted, options, settings.workers, on_progress=tell):
        if isinstance(result, InsightsError):
            reading.failures.append(Failure(recording.path, str(result), "transcribe"))
            continue
        conversation = replace(
            sounds[recording.id].conversation,
            segments=result.segments,
            language=result.language,
            duration_s=result.duration_s,
        )
        _keep(store, Parcel(recording.id, Path(recording.path), with_names(key, settings), (conversation,)), reading)


def _probe(sounds: dict[str, Sound], settings: Settings, reading: Reading) -> Iterator[Recording]:
    for sound in sounds.values():
        try:
            probed = transcripts.probe(Path(sound.recording.path), settings.max_duration_s)
        except SourceError as error:
            reading.failures.append(Failure(sound.recording.path, str(error), "probe"))
            continue
        yield replace(probed, id=sound.recording.id)
