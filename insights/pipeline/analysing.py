"""Conversations to utterances and signals: metadata laid over them, and what is said in each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from insights import models, signals, sources, utterances
from insights.config import Settings
from insights.errors import UsageError
from insights.pipeline.keys import key_of
from insights.pipeline.learned import load_adapter
from insights.pipeline.progress import Notify, Progress
from insights.signals.names import NameLabel
from insights.store import Store
from insights.transcripts.vocabulary.ordinary import is_ordinary
from insights.types import Conversation

if TYPE_CHECKING:
    from spacy.language import Language

    from insights.pipeline.vectors import CachedEmbedder


class Tools:
    """The language pipeline and the embedder, each loaded when first used."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def nlp(self) -> Language:
        """The English pipeline."""
        return models.load_spacy()

    @cached_property
    def embed(self) -> CachedEmbedder:
        """The sentence embedder, which remembers in the store."""
        return self._remembering(models.load_embedder())

    @cached_property
    def embed_themes(self) -> CachedEmbedder:
        """The embedder of themes, likewise."""
        return self._remembering(models.load_theme_embedder())

    def _remembering(self, embedder: models.Embedder) -> CachedEmbedder:
        from insights.pipeline.vectors import CachedEmbedder

        return CachedEmbedder(self._store, embedder)


def describe(store: Store, file_ids: Collection[str], tables: sources.Tables, settings: Settings) -> None:
    """Lay the side tables' metadata over the conversations of these files; others keep what they have."""
    for file_id, read, described, _ in store.read_conversations():
        if file_id in file_ids:
            now = sources.describe(read, tables, settings)
            if now != described:
                store.save_description(read, now)


def analyse(store: Store, settings: Settings, tools: Tools, notify: Notify) -> int:
    """Find utterances and signals in every conversation that is new or changed; how many those were."""
    stale = []
    edits = store.edits()
    options = replace(detect_options(settings), adapter=load_adapter(store.folder))
    for _, _, conversation, key in store.read_conversations():
        corrections = utterances.find_corrections(conversation, edits)
        judgements = signals.find_judgements(conversation.id, edits)
        wanted = analysis_key(conversation, settings, (corrections, judgements, options))
        if key != wanted:
            stale.append((conversation, wanted, corrections, judgements))
    for number, (conversation, key, corrections, judgements) in enumerate(stale, 1):
        said = utterances.split(conversation, tools.nlp) if conversation.is_english else ()
        said = utterances.assign_roles(conversation, said, settings, corrections)
        found = signals.lay_over(signals.detect(said, tools.nlp, tools.embed, options), said, judgements)
        store.save_analysis(conversation.id, key, said, found)
        notify(Progress("analysing", number, len(stale)))
    return len(stale)


def detect_options(settings: Settings) -> signals.DetectOptions:
    """How signals are detected under these settings."""
    return signals.DetectOptions(
        question_threshold=settings.question_threshold,
        objection_threshold=settings.objection_threshold,
        listed=listed_names(settings),
        extra_types=own_types(settings),
    )


def listed_names(settings: Settings) -> tuple[signals.ListedName, ...]:
    """Competitors, products and other names of the settings, with their spellings; the first label of a name holds."""
    listed: dict[str, signals.ListedName] = {}
    labels: dict[NameLabel, tuple[str, ...]] = {
        "competitor": settings.competitors,
        "product": settings.products,
        "name": settings.names,
    }
    for label, entries in labels.items():
        for entry in entries:
            name, _, spellings = (part.strip() for part in entry.partition(":"))
            also = tuple(spelling.strip() for spelling in spellings.split(",") if spelling.strip())
            listed.setdefault(name.casefold(), signals.ListedName(name, label, also, is_ordinary(name)))
    return tuple(listed.values())


def own_types(settings: Settings) -> tuple[signals.ObjectionType, ...]:
    """The user's own types of objection; UsageError where one is called as a built-in one."""
    built_in = {type_.id for type_ in signals.load_types()}
    for one in settings.objection_types:
        if one.id in built_in:
            raise UsageError(f"There is a type of objection '{one.id}' already. Give yours another name.")
    return tuple(
        signals.ObjectionType(one.id, one.definition, one.examples, one.counterexamples)
        for one in settings.objection_types
    )


def labels_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """By kind of signal that has labels, those there are under these settings."""
    types = (*signals.load_types(), *detect_options(settings).extra_types)
    return {"question": signals.QUESTION_KINDS, "objection": tuple(type_.id for type_ in types)}


def analysis_key(conversation: Conversation, settings: Settings, decisions: object) -> str:
    """The key of a conversation's analysis: it changes when another analysis would come out.

    `decisions` are what people corrected in it, and how signals are detected.
    """
    return key_of(
        conversation,
        decisions,
        utterances.VERSION,
        signals.VERSION,
        settings.rep_channel,
        settings.our_domains,
        settings.our_names,
        models.key("roles"),
        models.key("signals"),
        models.key("minilm-questions"),
        models.key("minilm-objections"),
        models.key("minilm"),
        models.key("en_core_web_sm"),
    )
