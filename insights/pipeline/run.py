"""The run: one pass over files, in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import insights
from insights import sources, transcripts
from insights.config import Settings
from insights.errors import UsageError
from insights.pipeline.analysing import Tools, analyse, describe
from insights.pipeline.concluding import conclude
from insights.pipeline.expecting import add_vocabularies
from insights.pipeline.loading import open_existing
from insights.pipeline.progress import Notify, ignore
from insights.pipeline.reading import read_files, transcribe_options
from insights.store import Store
from insights.types import Failure


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did, and what the store holds after it."""

    n_files: int
    n_read: int  # new or changed since the last run
    n_analysed: int  # conversations, likewise
    n_conversations: int
    n_themes: int
    n_ideas: int
    failures: tuple[Failure, ...]


def run(paths: Iterable[Path], settings: Settings, *, notify: Notify = ignore) -> Summary:
    """Read what lies under the paths into the store and bring everything that follows from it up to date.

    Files that cannot be read are listed in the summary and tried again by the next run. Raises UsageError where a path
    is not there, StoreError where another run is writing, ModelError where a model is missing.
    """
    roots = tuple(paths)
    files = sources.discover(roots)
    settings = add_vocabularies(settings, roots)
    tables = sources.load_tables(roots)
    with Store(settings.store, write=True) as store:
        tools = Tools(store)
        reading = read_files(store, files, settings, notify)
        describe(store, reading.file_ids, tables, settings)
        n_analysed = analyse(store, settings, tools, notify)
        conclude(store, settings, tools)
        failures = (*reading.failures, *tables.failures)
        store.save_failures(failures)
        return Summary(
            n_files=len(files),
            n_read=reading.n_new,
            n_analysed=n_analysed,
            n_conversations=len(store.conversations()),
            n_themes=len(store.themes()),
            n_ideas=len(store.ideas()),
            failures=failures,
        )


def refresh(settings: Settings, *, notify: Notify = ignore) -> int:
    """Bring all that follows from what the store holds up to date, without reading a file; how many were analysed."""
    with open_existing(settings, write=True) as store:
        tools = Tools(store)
        n_analysed = analyse(store, settings, tools, notify)
        conclude(store, settings, tools)
        return n_analysed


def needed_models(settings: Settings) -> tuple[str, ...]:
    """The models that a run under these settings loads."""
    helper = transcripts.helper_of(transcribe_options(settings))
    return (settings.speech_model, *([helper] if helper else []), "campplus", "minilm", "en_core_web_sm")


def find_samples() -> Path:
    """The folder of the sample calls, which lies beside the package in a checkout."""
    folder = Path(insights.__file__).parents[1] / "sample_calls"
    if not folder.is_dir():
        raise UsageError("The sample calls are not installed with the package; clone the repository to run the demo.")
    return folder
