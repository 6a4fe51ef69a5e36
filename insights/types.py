"""The nouns that flow through insights: frozen values, tuples inside, no I/O.

Times are seconds from the start of the conversation (`start_s`), moments are aware UTC datetimes (`started_at`),
text offsets are half-open (`utterance.text[signal.start:signal.end] == signal.text`), scores run from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Role = Literal["customer", "rep", "unknown"]
ConversationKind = Literal["call", "meeting", "email", "voicemail"]
SignalKind = Literal["question", "objection", "praise", "mention", "need", "next_step"]
ThemeKind = Literal["question", "objection", "topic"]
EditKind = Literal["role", "signal", "theme", "undo"]
AnswerStatus = Literal["answered", "partly", "deferred", "unanswered"]
OutcomeStatus = Literal["accepted", "repeated", "deferred", "dropped", "unknown"]
IdeaFormat = Literal["faq", "case study", "e-mail template", "battle card", "white paper", "blog post", "testimonial"]

# Flags of a segment. A flagged segment is kept and shown; only "forwarded" ones are read for signals.
QUOTED = "quoted"  # earlier mail, repeated below or between the new lines
SIGNATURE = "signature"  # sign-off, name, phone numbers
BOILERPLATE = "boilerplate"  # disclaimers, "sent from my phone", automatic footers
FORWARDED = "forwarded"  # somebody else's mail passed on: content, though not its sender's words
SUSPECT = "suspect"  # recognised speech that may be invented (silence, repetition, low probability)
FOREIGN = "foreign"  # recognised speech of another language than the conversation's
NOT_READ = frozenset({QUOTED, SIGNATURE, BOILERPLATE, SUSPECT, FOREIGN})


@dataclass(frozen=True, slots=True)
class Recording:
    """A sound file, known by its bytes."""

    id: str  # sha256 of the bytes, hex
    path: str
    duration_s: float
    n_channels: int
    started_at: datetime | None = None  # aware UTC


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who took part, as far as the source tells."""

    name: str = ""
    email: str = ""
    role: Role = "unknown"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the business knows of a conversation; None where nobody said."""

    account: str | None = None
    deal_id: str | None = None
    rep: str | None = None
    stage: str | None = None
    outcome: str | None = None
    amount: float | None = None
    segment: str | None = None
    extra: tuple[tuple[str, str], ...] = ()  # other columns of calls.csv / deals.csv, by name


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word with its place in time."""

    text: str  # as in its segment, with the leading space if it has one
    start_s: float
    end_s: float
    probability: float = 1.0
    heard: str = ""  # what was recognised here, where the vocabulary put a name in its place


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one speaker's words; in mail, a block of the body."""

    speaker: str  # "left", "right", "mono", a name, or an address
    text: str
    start_s: float | None = None  # None in mail
    end_s: float | None = None
    confidence: float = 1.0  # 0-1
    flags: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()  # empty where the source gives none
    recognised: tuple[Word, ...] = ()  # the words before the vocabulary changed some; empty where it changed none


@dataclass(frozen=True, slots=True)
class Conversation:
    """A call, meeting or e-mail, in one shape: nothing downstream asks whether it was spoken or written."""

    id: str  # sha256 of the source's bytes, hex; of the message's bytes for one mail of an mbox
    kind: ConversationKind
    source: str  # path of the file; "box.mbox#3" for a message in a mailbox
    segments: tuple[Segment, ...]
    started_at: datetime | None = None  # aware UTC
    language: str = "en"
    subject: str = ""
    participants: tuple[Participant, ...] = ()
    metadata: Metadata = Metadata()
    thread_id: str = ""  # mails of one thread share it; otherwise the conversation's own id
    consent: str = ""  # what the source says of recording consent; empty if nothing
    duration_s: float | None = None  # None in mail

    @property
    def is_english(self) -> bool:
        """Whether it may be read for signals: they are found in English only."""
        return not self.language or self.language.lower().startswith("en")


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one speaker says at a stretch, one to a few sentences."""

    conversation_id: str
    index: int  # place in the conversation, from 0
    speaker: str
    role: Role
    role_confidence: float  # 0-1
    text: str
    start_s: float | None = None
    end_s: float | None = None
    words: tuple[Word, ...] = field(default=(), repr=False)
    role_reason: str = ""  # how the role was decided: "channel", "introduction", "talk", "corrected"

    @property
    def id(self) -> str:
        """The conversation's id and the index."""
        return f"{self.conversation_id}:{self.index:04d}"


@dataclass(frozen=True, slots=True)
class Signal:
    """A question, objection or other thing of note, as its exact span in an utterance."""

    id: str
    utterance_id: str
    kind: SignalKind
    label: str  # objection type; kind of question; "" if none
    text: str
    start: int
    end: int
    score: float  # 0-1
    detector: str  # what found it and which version: "objections/1"
    start_s: float | None = None  # when its first word is spoken
    end_s: float | None = None
    why: tuple[str, ...] = ()  # rule ids and the like
    wording: str = ""  # of a question: readable by itself, in the customer's words; shown beside `text`, never for it


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said to a question: a verbatim span, or nothing."""

    question_id: str  # a signal's id
    status: AnswerStatus
    utterance_id: str | None = None  # of the rep's words; may lie in a later mail of the thread
    text: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What followed an objection, with the customer's verbatim words that show it, if any do."""

    objection_id: str  # a signal's id
    status: OutcomeStatus
    utterance_id: str | None = None  # of the customer's words; may lie in a later mail of the thread
    text: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Quotability:
    """How well a customer's praise could be quoted, and why."""

    praise_id: str  # a signal's id
    score: float  # 0-1; the formula stands in insights/signals/quotability.py
    reasons: tuple[str, ...] = ()  # what speaks against it, in words


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that customers use of one type of objection or kind of question more than elsewhere."""

    kind: SignalKind
    label: str  # objection type, or kind of question
    text: str  # verbatim, as it is most often said
    n_conversations: int  # in which it is said so; a thread of mail is one
    n_all: int  # conversations with a signal of this label
    score: float  # z of the weighted log-odds ratio; see insights/signals/phrases.py


SURE_FROM = 0.8  # stability; what the words are worth: docs/benchmarks.md, "How sure a theme is"
Sureness = Literal["sure", "less sure"]


@dataclass(frozen=True, slots=True)
class Wording:
    """A way in which a member of a theme says it, verbatim."""

    signal_id: str  # an utterance's id for topics
    text: str


@dataclass(frozen=True, slots=True)
class SubTheme:
    """A part of a theme that comes back by itself. It has no id and may change from run to run; the theme stays."""

    label: str  # short, for lists
    canonical: str  # the clearest real wording, verbatim; "" if every wording holds personal data
    canonical_signal_id: str
    signal_ids: tuple[str, ...]  # best first; two or more, all of them the theme's


@dataclass(frozen=True, slots=True)
class Theme:
    """What several customers mean in different words; our stable group."""

    id: str  # never reused: "Q-0007", "O-0003", "T-0001"
    kind: ThemeKind
    label: str  # short, for tables
    canonical: str  # the clearest real wording, verbatim
    canonical_signal_id: str
    keywords: tuple[str, ...]
    signal_ids: tuple[str, ...]  # best first; utterance ids for topics
    stability: float  # 0-1
    renamed: bool = False  # the label is a person's
    pinned: bool = False  # a person wants it to stay as it is
    cohesion: float | None = None  # mean cosine between its members; None in a store from before it was measured
    variants: tuple[Wording, ...] = ()  # beside the canonical wording, the most different first
    sub_themes: tuple[SubTheme, ...] = ()  # largest first; none, or two and more

    @property
    def sureness(self) -> Sureness:
        """The word for its stability."""
        return "sure" if self.stability >= SURE_FROM else "less sure"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a theme since the last run."""

    theme_id: str
    what: Literal["born", "continued", "retired", "merged", "split", "dismissed", "returned"]
    n_before: int
    n_now: int
    other_id: str = ""  # what it was merged into, or split off from


@dataclass(frozen=True, slots=True)
class Move:
    """Members of a theme that another grouping put elsewhere."""

    from_id: str
    to_id: str  # "" for none
    item_ids: tuple[str, ...]  # sorted


@dataclass(frozen=True, slots=True)
class Regrouping:
    """All items of one kind grouped anew: why, what became of the themes, and every member that changed its theme."""

    kind: ThemeKind
    reason: str  # a clause behind "because"
    n_items: int
    changes: tuple[Change, ...]  # by theme id
    moves: tuple[Move, ...]  # by ids
    made_at: datetime | None = None  # aware UTC; None until it is kept


@dataclass(frozen=True, slots=True)
class Factor:
    """One reason for a priority: its raw value, weight, and what it adds."""

    name: str
    value: float  # as counted
    points: float  # value scaled to 0-1, times the factor's weight; points of all factors add up to the priority
    note: str = ""  # in words: "7 of 12 accounts"


@dataclass(frozen=True, slots=True)
class Idea:
    """Something worth making, from one theme."""

    id: str
    theme_id: str
    format: IdeaFormat
    format_reason: str
    title: str
    priority: float  # 0-100
    factors: tuple[Factor, ...]
    evidence: tuple[str, ...]  # signal ids, best first
    audience: str = ""  # the segments that ask most
    status: str = "new"
    owner: str = ""
    asset_url: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A person's decision: kept for ever, laid over every run, withdrawn only by a later one of kind "undo".

    The target of "role" is ("conversation", its id, the speaker) or ("line", the line, the channel), its value the
    role. The target of "signal" is ("signal", the conversation's id, the utterance's index, kind, label, the words, the
    utterance's text), as it was found; its value is what the words are, "kind:label", or empty if they are no signal.
    Kind and label are empty where nothing was found. The target of "theme" is ("theme", what is done, a theme's id, its
    items, another theme's id, its items), its value the label that a person gives the theme ("rename"), else the one it
    had. Done is "merge" (into the other), "split" (the other's items off, under its new id), "rename", "pin", "move"
    (these items into the other, out of all where that is empty) or "dismiss" (no theme). Items are lines of id,
    conversation's id and words, with tabs between, so that they are known again when ids change; they are those that no
    other edit had put there. The target of "undo" is ("edit", an earlier one's id).
    """

    id: str  # "E-0001", in the order in which they were made
    made_at: datetime  # aware UTC
    kind: EditKind
    target: tuple[str, ...]
    value: str = ""
    heard: tuple[tuple[float, float], ...] = ()  # seconds; when the speaker spoke, as labels may be dealt out anew


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why."""

    source: str
    reason: str
    stage: str = "read"


@dataclass(frozen=True, slots=True)
class Quote:
    """A signal ready to be shown: verbatim, with who said it, where and when."""

    signal_id: str
    text: str
    speaker: str
    role: Role
    account: str
    conversation_id: str
    conversation_kind: ConversationKind
    source: str
    week: str  # ISO, "2026-W45"; "" if undated
    date: str  # "2026-11-03"
    start_s: float | None
    end_s: float | None
    context: str = ""  # the whole utterance
    score: float = 1.0
    corrections: tuple[tuple[str, str], ...] = ()  # names as they stand in the text, and what was recognised there
    wording: str = ""  # of a question, readable by itself


Trend = Literal["new", "rising", "steady", "fading", "too few to say"]


@dataclass(frozen=True, slots=True)
class Rate:
    """How many said it, of how many met, with the interval that the share lies in; see insights/outputs/rates.py."""

    n: int
    of: int  # at least 1: where nobody was met there is no rate
    low: float  # 0-1
    high: float  # 0-1

    @property
    def share(self) -> float:
        """The part that said it."""
        return self.n / self.of


@dataclass(frozen=True, slots=True)
class Difference:
    """A theme that is said more in one group of conversations than in all others, beyond chance."""

    theme: Theme
    column: str  # "segment", "stage", "channel", "outcome", or another column of calls.csv or deals.csv
    value: str
    inside: Rate  # accounts met in conversations of this group
    elsewhere: Rate  # accounts met in the others; an account may be in both
    p_value: float  # before it is compared with those of all other themes and columns


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where themes are said more than elsewhere, over all weeks up to the report's."""

    columns: tuple[str, ...]  # in which there were accounts enough to compare; empty: too few to say
    differences: tuple[Difference, ...]  # the clearest first


@dataclass(frozen=True, slots=True)
class ThemeWeek:
    """One theme as a report shows it."""

    theme: Theme
    n_signals: int  # in the report's week
    n_conversations: int
    n_accounts: int  # distinct accounts, else conversations (reach)
    total_accounts: int  # reach over all weeks shown
    reach_by_week: tuple[int, ...]  # oldest first, aligned with Report.weeks
    trend: Trend
    change: int | None  # reach against last week; None if last week has no conversations
    quotes: tuple[Quote, ...]
    n_unanswered: int = 0  # questions only
    n_answered: int = 0
    labels: tuple[str, ...] = ()  # objection types of its members, commonest first
    n_partly: int = 0  # of the questions
    outcomes: tuple[tuple[OutcomeStatus, int], ...] = ()  # what followed, objections of the report's week only
    phrases: tuple[Phrase, ...] = ()  # of its commonest label, over all weeks; the most distinctive first
    rates: tuple[Rate | None, ...] = ()  # reach of each week's accounts; None: nobody was met, not zero


@dataclass(frozen=True, slots=True)
class Cover:
    """How much of what customers said is in themes of one kind, and how sure these are; over all weeks."""

    kind: ThemeKind
    n_said: int  # by customers; without what people dismissed
    n_themed: int  # of these; the others are alone
    n_themes: int
    n_sure: int  # of the themes
    median_stability: float | None  # 0-1; None where there is no theme
    mean_stability: float | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a report rests on, and what was left out."""

    n_calls: int
    n_meetings: int
    n_emails: int
    n_voicemails: int
    hours_audio: float
    n_accounts: int
    n_undated: int  # conversations without a date: in no week
    n_utterances: int
    n_customer_utterances: int
    n_unknown_utterances: int  # speaker's role unknown: kept out of customer counts
    n_suspect_segments: int  # flagged as possibly invented by the recogniser
    n_unthemed_signals: int  # asked or said once: in no theme
    failures: tuple[Failure, ...] = ()
    n_suspect_words: int = 0  # in those segments
    n_foreign_segments: int = 0  # in another language than their conversation
    n_foreign_conversations: int = 0  # in another language than English
    n_corrections: int = 0  # names in speech put as the vocabulary writes them
    themes: tuple[Cover, ...] = ()  # objections, questions


@dataclass(frozen=True, slots=True)
class Report:
    """The weekly objection report, computed once, then rendered."""

    week: str  # ISO, "2026-W45"
    weeks: tuple[str, ...]  # the weeks of the trend, oldest first, `week` last
    conversations_by_week: tuple[int, ...]  # aligned with weeks
    objections: tuple[ThemeWeek, ...]  # by reach this week
    questions: tuple[ThemeWeek, ...]
    unanswered: tuple[Quote, ...]  # customers' questions of the week that got no answer
    single_objections: tuple[Quote, ...]  # of the week, in no theme
    changes: tuple[str, ...]  # what changed since last week, in plain sentences with counts
    listening: tuple[Quote, ...]  # up to five moments worth hearing
    ideas: tuple[Idea, ...]
    coverage: Coverage
    method: tuple[tuple[str, str], ...]  # (what, which version or setting)
    timezone: str = "UTC"
    accounts_by_week: tuple[int, ...] = ()  # met in each week (reach), aligned with weeks
    comparison: Comparison = Comparison((), ())
