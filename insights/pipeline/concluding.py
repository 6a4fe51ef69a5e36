"""What follows from all conversations together: answers, themes, ideas. Recomputed only when something changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from insights import backlog, models, signals, themes
from insights.config import Settings
from insights.outputs.findings import Findings, account_of
from insights.pipeline.analysing import Tools, own_types
from insights.pipeline.facts import facts_of
from insights.pipeline.keys import key_of
from insights.pipeline.loading import KINDS, load_findings, load_memory
from insights.pipeline.tracing import trace_topics
from insights.store import TOPICS, Following, Store
from insights.types import Answer, Conversation, Edit, Outcome, Regrouping, Signal, Theme, ThemeKind, Utterance

KEY = "findings"  # in the store's state: the key of the last conclusions
TYPES = "objection types"  # in the store's state: the user's own that were looked for
THEME_KEYS = "theme keys"  # in the store's state: what each theme's name and sureness rest on
THEME_EDITS = "theme edits"  # in the store's state: the ids of those that the last conclusions took in


def conclude(
    store: Store, settings: Settings, tools: Tools, *, anew: Mapping[ThemeKind, str] | None = None
) -> tuple[Regrouping, ...]:
    """Bring answers, themes and the backlog up to date with the signals in the store; what was grouped anew.

    `anew` says why, by the kinds of themes that are wanted grouped anew.
    """
    key = findings_key(store, settings)
    if store.state().get(KEY) == key and not anew:
        return ()
    findings = load_findings(store)
    following = find_following(findings, tools)
    groupings = find_groupings(store, findings, settings, tools, anew or {})
    now = datetime.now(UTC)
    regroupings = tuple(replace(one.regrouping, made_at=now) for one in groupings.values() if one.regrouping)
    found = tuple(theme for grouping in groupings.values() for theme in grouping.themes)
    ideas = backlog.rank(facts_of(with_following(replace(findings, themes=found), following), settings.zone))
    memories = {f"themes/{kind}": themes.memory_to_json(grouping.memory) for kind, grouping in groupings.items()}
    traced = trace_topics(groupings["topic"].themes, items_of("topic", findings), findings, settings.zone, tools)
    keys = {theme_id: its for grouping in groupings.values() for theme_id, its in grouping.keys.items()}
    kept = {THEME_KEYS: {"made by": themes_key(), "keys": keys}, TOPICS: traced}
    taken_in = {KEY: key, TYPES: types_key(settings), THEME_EDITS: held_ids(store.edits())}
    store.save_findings(following, found, ideas, {**taken_in, **kept, **memories}, regroupings)
    return regroupings


def known_themes(state: Mapping[str, Any], found: Iterable[Theme]) -> dict[str, Theme]:
    """The themes of the last run by what they rest on, if they were named and rated in the same way."""
    kept = state.get(THEME_KEYS, {"made by": "", "keys": {}})
    keys = kept["keys"] if kept["made by"] == themes_key() else {}
    return {keys[theme.id]: theme for theme in found if theme.id in keys}


def themes_key() -> str:
    """The key of what groups, names and rates themes."""
    return key_of(themes.VERSION, models.key("minilm-themes"), models.key("en_core_web_sm"))


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
        themes.options_of(settings.theme_grain),
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


def find_groupings(
    store: Store, findings: Findings, settings: Settings, tools: Tools, anew: Mapping[ThemeKind, str]
) -> dict[ThemeKind, themes.Grouping]:
    """The themes by kind, with what became of those of the last run."""
    return {kind: group_items(kind, findings, store, settings, tools, anew.get(kind, "")) for kind in KINDS}


def group_items(
    kind: ThemeKind, findings: Findings, store: Store, settings: Settings, tools: Tools, anew: str
) -> themes.Grouping:
    """The themes of one kind; those of the last run keep their ids, and their members unless all are grouped anew."""
    state = store.state()
    options = themes.options_of(settings.theme_grain)
    make = themes.topics if kind == "topic" else partial(themes.group, options=options)
    items = items_of(kind, findings)
    return make(
        items,
        themes.embed_items(items, tools.embed_themes),
        load_memory(state, kind),
        nlp=tools.nlp,
        has_personal=lambda text: bool(signals.find_personal(text, tools.nlp)),
        run=themes.Run(store.edits(), known_themes(state, findings.themes), method_of_themes(kind, options), anew),
    )


def method_of_themes(kind: ThemeKind, options: themes.GroupOptions) -> themes.Method:
    """What themes of a kind are made with; topics know no grain."""
    own = (themes.GroupOptions(), themes.TopicOptions()) if kind == "topic" else (options,)
    return themes.Method(models.key("minilm-themes"), themes.VERSION, key_of(own))


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
            wording=signal.wording,
            context=said[signal.utterance_id].text,
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
