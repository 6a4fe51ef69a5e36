"""What follows from all conversations together: answers, themes, ideas. Recomputed only when something changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from insights import backlog, models, signals, themes
from insights.config import Settings
from insights.outputs.findings import Findings, account_of
from insights.pipeline.analysing import Tools, own_types
from insights.pipeline.facts import facts_of
from insights.pipeline.keys import key_of
from insights.pipeline.loading import KINDS, load_findings, load_memory
from insights.store import Following, Store
from insights.types import Answer, Conversation, Edit, Outcome, Signal, ThemeKind, Utterance

KEY = "findings"  # in the store's state: the key of the last conclusions
TYPES = "objection types"  # in the store's state: the user's own that were looked for
THEME_EDITS = "theme edits"  # in the store's state: the ids of those that the last conclusions took in


def conclude(store: Store, settings: Settings, tools: Tools) -> None:
    """Bring answers, themes and the backlog up to date with the signals in the store."""
    state = store.state()
    key = findings_key(store, settings)
    if state.get(KEY) == key:
        return
    findings = load_findings(store)
    following = find_following(findings, tools)
    edits = store.edits()
    groupings = {kind: group_items(kind, findings, state, edits, tools) for kind in KINDS}
    found = tuple(theme for grouping in groupings.values() for theme in grouping.themes)
    ideas = backlog.rank(facts_of(with_following(replace(findings, themes=found), following), settings.zone))
    memories = {f"themes/{kind}": themes.memory_to_json(grouping.memory) for kind, grouping in groupings.items()}
    taken_in = {KEY: key, TYPES: types_key(settings), THEME_EDITS: held_ids(edits)}
    store.save_findings(following, found, ideas, {**taken_in, **memories})


def findings_key(store: Store, settings: Settings) -> str:
    """The key of all that `conclude` computes."""
    analyses = [
        (key, conversation.metadata, conversation.started_at) for _, _, conversation, key in store.read_conversations()
    ]
    versions = (
        signals.VERSION,
        models.key("signals"),
        models.key("minilm-questions"),
        models.key("minilm-objections"),
        models.key("minilm-themes"),
        themes.VERSION,
        themes.GroupOptions(),
        backlog.VERSION,
    )
    return key_of(analyses, versions, settings.timezone, themes.theme_edits(store.edits()))


def held_ids(edits: Iterable[Edit]) -> list[str]:
    """The ids of the edits of themes that hold."""
    return [edit.id for edit in themes.theme_edits(edits)]


def types_key(settings: Settings) -> str:
    """The key of the user's own types of objection."""
    return key_of(own_types(settings))


def with_following(findings: Findings, following: Following) -> Findings:
    """The findings with what follows from them in their conversations."""
    return replace(
        findings,
        answers=following.answers,
        outcomes=following.outcomes,
        quotabilities=following.quotabilities,
        phrases=following.phrases,
    )


def find_following(findings: Findings, tools: Tools) -> Following:
    """What follows from the signals in their calls and threads of mail, and customers' phrases over all of them."""
    threads = _group_by_thread(findings.conversations, findings.utterances)
    thread_of = {utterance.id: thread for thread, said in threads.items() for utterance in said}
    found_in: dict[str, list[Signal]] = defaultdict(list)
    for signal in findings.signals:
        found_in[thread_of[signal.utterance_id]].append(signal)
    answers: list[Answer] = []
    outcomes: list[Outcome] = []
    for thread, found in sorted(found_in.items()):
        answers += signals.pair_answers(found, threads[thread], embed=tools.embed)
        outcomes += signals.follow_objections(found, threads[thread], embed=tools.embed)

    def has_personal(text: str) -> bool:
        return bool(signals.find_personal(text, tools.nlp))

    threads_by_conversation = {one.id: one.thread_id or one.id for one in findings.conversations}
    phrases = signals.find_phrases(findings.signals, findings.utterances, threads_by_conversation, has_personal)
    rated = signals.rate_praise(findings.signals, tools.nlp, has_personal)
    return Following(tuple(answers), tuple(outcomes), rated, phrases)


def _group_by_thread(
    conversations: Iterable[Conversation], utterances: Iterable[Utterance]
) -> dict[str, list[Utterance]]:
    """Utterances by thread, in the order in which they were said; conversations come oldest first."""
    said_in: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        said_in[utterance.conversation_id].append(utterance)
    threads: dict[str, list[Utterance]] = defaultdict(list)
    for conversation in conversations:
        threads[conversation.thread_id].extend(said_in[conversation.id])
    return threads


def group_items(
    kind: ThemeKind, findings: Findings, state: Mapping[str, Any], edits: Sequence[Edit], tools: Tools
) -> themes.Grouping:
    """The themes of one kind; those of the last run keep their ids and members, but for what people decided."""
    make = themes.topics if kind == "topic" else themes.group
    items = items_of(kind, findings)
    return make(
        items,
        tools.embed_themes([themes.normalise(item.text) for item in items]),
        load_memory(state, kind),
        nlp=tools.nlp,
        has_personal=lambda text: bool(signals.find_personal(text, tools.nlp)),
        edits=edits,
    )


def items_of(kind: ThemeKind, findings: Findings) -> list[themes.Item]:
    """What themes of a kind are made of: signals of that kind; for topics, all that customers say."""
    source_of = _sources_by_utterance(findings)
    said = {utterance.id: utterance for utterance in findings.utterances}
    if kind == "topic":
        return [
            themes.Item(one.id, one.text, source_of[one.id], conversation_id=one.conversation_id)
            for one in findings.utterances
            if one.role == "customer"
        ]
    return [
        themes.Item(
            id=signal.id,
            text=signal.text,
            source=source_of[signal.utterance_id],
            label=signal.label,
            weight=signal.score,
            conversation_id=said[signal.utterance_id].conversation_id,
        )
        for signal in findings.signals
        if signal.kind == kind
    ]


def _sources_by_utterance(findings: Findings) -> dict[str, str]:
    """By utterance, what its reach counts: the account, else the conversation."""
    account_by_conversation = {conversation.id: account_of(conversation) for conversation in findings.conversations}
    return {one.id: account_by_conversation[one.conversation_id] for one in findings.utterances}
