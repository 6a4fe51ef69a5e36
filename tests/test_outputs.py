"""What the report and the backlog promise: counted once, said everywhere alike, nothing invented, nothing alive."""

from __future__ import annotations

import csv
import html
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.errors import UsageError
from insights.outputs import (
    Findings,
    backlog_to_csv,
    backlog_to_markdown,
    backlog_to_xlsx,
    build_backlog,
    build_report,
    to_html,
    to_markdown,
)
from insights.outputs.following import follow
from insights.outputs.rates import measure_rate
from insights.outputs.trends import Series, name_trends
from insights.outputs.weeks import latest_week, monday, name_week, week_of, weeks_ending
from insights.outputs.wording import interval
from insights.types import (
    SUSPECT,
    Answer,
    AnswerStatus,
    Conversation,
    ConversationKind,
    Factor,
    Failure,
    Idea,
    Metadata,
    Outcome,
    Phrase,
    Quotability,
    Quote,
    Report,
    Role,
    Segment,
    Signal,
    SignalKind,
    SubTheme,
    Theme,
    ThemeWeek,
    Utterance,
    Wording,
)

PRICE = ("That's too expensive per head.", "RouteHarbor is cheaper, honestly.", "Forty-nine is a lot.")
AI_DATA = ("We don't want our addresses training an AI.", "Nobody asked us about that AI.")
OFFLINE = ("Does it run without signal?", "What about basements?")
HOSTILE = (
    "<script>alert('x')</script>",
    '=cmd|" /C calc"!A0',
    "a | b *bold* _it_ `code` [link](javascript:alert(1))",
    "@SUM(A1) ![x](https://evil.example/p.png)",
    "emoji 🎉 and \u202eright to left\u202c שלום",
    "-2+3\n# a heading\n> a quote",
    '" onmouseover="alert(1)',
    "{{ 7 * 7 }} {% raw %} &amp; &lt;b&gt;",
)


class Diary:
    """Builds findings by hand: who said what in which week."""

    def __init__(self) -> None:
        self.numbers = count()
        self.conversations: list[Conversation] = []
        self.utterances: list[Utterance] = []
        self.signals: list[Signal] = []
        self.answers: list[Answer] = []
        self.members: dict[str, list[Signal]] = {}

    def meet(self, week: int, account: str | None, kind: ConversationKind = "call", thread: str = "") -> Conversation:
        n = next(self.numbers)
        day = date.fromisocalendar(2026, week or 1, 2)
        conversation = Conversation(
            id=f"{n:04d}" * 16,
            kind=kind,
            source=f"calls/{n}.wav",
            segments=(Segment("right", "…", flags=(SUSPECT,)),),
            started_at=datetime(day.year, day.month, day.day, 15, tzinfo=UTC) if week else None,
            metadata=Metadata(account=account),
            thread_id=thread or f"{n:04d}" * 16,
            duration_s=None if kind == "email" else 180.0,
        )
        self.conversations.append(conversation)
        return conversation

    def say(
        self,
        conversation: Conversation,
        text: str,
        theme: str = "",
        *,
        kind: SignalKind = "objection",
        label: str = "price",
        role: Role = "customer",
        status: AnswerStatus | None = None,
    ) -> Signal:
        n = next(self.numbers)
        start_s = None if conversation.kind == "email" else 62.1
        utterance = Utterance(conversation.id, n, "right", role, 0.9, f"Well, {text} Right.", start_s, start_s)
        signal = Signal(f"s{n}", utterance.id, kind, label, text, 6, 6 + len(text), 0.9, "rules/1", start_s)
        self.utterances.append(utterance)
        self.signals.append(signal)
        self.members.setdefault(theme, []).append(signal)
        if status:
            self.answers.append(Answer(signal.id, status))
        return signal

    def findings(self, **others: tuple[Idea, ...] | tuple[Failure, ...]) -> Findings:
        themes = tuple(
            Theme(
                theme_id,
                "question" if theme_id.startswith("Q") else "objection",
                f"label of {theme_id}",
                signals[0].text,
                signals[0].id,
                (),
                tuple(signal.id for signal in signals),
                0.9,
            )
            for theme_id, signals in self.members.items()
            if theme_id
        )
        values = (self.conversations, self.utterances, self.signals, self.answers)
        return Findings(*map(tuple, values), themes, **others)  # type: ignore[arg-type]


def make_idea(theme: str, title: str = "A page on it", priority: float = 61.4, **others: str) -> Idea:
    factors = (Factor("reach", 4, priority, "4 of 7 accounts"),)
    return Idea(f"I-{theme}", theme, "faq", "asked often", title, priority, factors, (), **others)


@pytest.fixture
def diary() -> Diary:
    """Six weeks with five accounts each: price always, the AI since W44, a question, a single one, a rep's words."""
    diary = Diary()
    for week in range(40, 46):
        for n, account in enumerate(("Acme", "Bright", "Corvid", "Delmar", "Eastgate")):
            conversation = diary.meet(week, account, "email" if n == 4 else "call")
            if n < 2:
                diary.say(conversation, PRICE[n], "O-0001")
            if week >= 44 and n > 0:
                diary.say(conversation, AI_DATA[n % 2], "O-0002", label="security")
            if n in (2, 3):
                status: AnswerStatus = "unanswered" if n == 2 else "answered"
                diary.say(conversation, OFFLINE[n % 2], "Q-0001", kind="question", label="capability", status=status)
    last = diary.conversations[-2]
    diary.say(last, "We got burned by a vendor once.", label="trust")
    diary.say(last, "People tell us it's too expensive.", "O-0001", role="rep")
    diary.say(last, "Somebody says it costs too much.", "O-0001", role="unknown")
    return diary


@pytest.fixture
def findings(diary: Diary) -> Findings:
    failures = (Failure("calls/broken.mp3", "It holds no sound."),)
    return diary.findings(ideas=(make_idea("O-0001"), make_idea("O-0002", priority=80.0)), failures=failures)


@pytest.fixture
def report(findings: Findings) -> Report:
    return build_report(findings)


def theme_of(report: Report, theme_id: str) -> ThemeWeek:
    return next(one for one in (*report.objections, *report.questions) if one.theme.id == theme_id)


class Reader(HTMLParser):
    """Reads a page: its text, tags and attributes, and whether every element is closed in order."""

    VOID = frozenset({"meta", "br", "img", "link", "input", "hr", "path", "rect"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.stack:
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.pieces).split())


# Weeks


def test_a_week_begins_on_monday_in_the_configured_zone() -> None:
    moment = datetime(2026, 11, 9, 3, tzinfo=UTC)  # Sunday evening in New York
    assert week_of(moment, UTC) == "2026-W46"
    assert week_of(moment, ZoneInfo("America/New_York")) == "2026-W45"


def test_weeks_cross_the_year_with_its_53rd_week() -> None:
    assert weeks_ending("2027-W01", 3) == ("2026-W52", "2026-W53", "2027-W01")


@given(st.dates(min_value=date(1970, 1, 12), max_value=date(2200, 1, 1)))
def test_a_day_lies_in_the_week_that_is_named_after_it(day: date) -> None:
    assert timedelta(0) <= day - monday(name_week(day)) < timedelta(weeks=1)


@pytest.mark.parametrize("week", ["2026-W54", "2025-W53", "W45", "2026-45", "2026-W00", "next"])
def test_a_week_that_does_not_exist_is_told_so(week: str) -> None:
    with pytest.raises(UsageError, match="week"):
        monday(week)


def test_without_a_dated_conversation_there_is_no_week_to_report() -> None:
    with pytest.raises(UsageError, match=r"calls\.csv"):
        latest_week([], UTC)


# Counts


def test_the_report_is_of_the_latest_week_with_the_five_before(report: Report) -> None:
    assert report.week == "2026-W45"
    assert report.weeks[0] == "2026-W40"
    assert report.conversations_by_week == report.accounts_by_week == (5,) * 6


def test_only_customers_are_counted(report: Report) -> None:
    """The rep and the unknown speaker in the price theme add nothing."""
    price = theme_of(report, "O-0001")
    assert (price.n_signals, price.n_conversations, price.n_accounts) == (2, 2, 2)
    assert report.coverage.n_unknown_utterances == 1


def test_reach_counts_an_account_once_however_often_it_speaks() -> None:
    diary = Diary()
    for account in ("Acme", "ACME ", "acme"):
        diary.say(diary.meet(45, account), PRICE[0], "O-0001")
    shown = theme_of(build_report(diary.findings()), "O-0001")
    assert (shown.n_signals, shown.n_conversations, shown.n_accounts) == (3, 3, 1)


def test_without_an_account_the_conversation_counts_and_a_thread_is_one() -> None:
    diary = Diary()
    for thread in ("t1", "t1", "t2"):
        diary.say(diary.meet(45, None, "email", thread), PRICE[0], "O-0001")
    report = build_report(diary.findings())
    assert theme_of(report, "O-0001").n_accounts == 2
    assert report.conversations_by_week[-1] == 2
    assert report.coverage.n_emails == 3


def test_questions_say_what_became_of_them(report: Report) -> None:
    offline = theme_of(report, "Q-0001")
    assert (offline.n_answered, offline.n_unanswered) == (1, 1)
    assert [quote.text for quote in report.unanswered] == [OFFLINE[0]]


def test_an_objection_in_no_theme_is_listed_as_said_once(report: Report) -> None:
    assert [quote.text for quote in report.single_objections] == ["We got burned by a vendor once."]
    assert report.coverage.n_unthemed_signals == 1


def test_undated_conversations_are_in_no_week_but_counted(diary: Diary) -> None:
    diary.say(diary.meet(0, "Fenwick"), PRICE[2], "O-0001")
    report = build_report(diary.findings())
    assert report.coverage.n_undated == 1
    assert theme_of(report, "O-0001").n_accounts == 2


def test_a_report_of_an_earlier_week_does_not_know_the_future(findings: Findings) -> None:
    report = build_report(findings, "2026-W43")
    assert report.weeks[-1] == "2026-W43"
    assert "O-0002" not in {shown.theme.id for shown in report.objections}


def test_every_quote_is_verbatim_from_its_signal(findings: Findings, report: Report) -> None:
    texts = {utterance.id: utterance.text for utterance in findings.utterances}
    signals = {signal.id: signal for signal in findings.signals}
    quotes = [quote for shown in (*report.objections, *report.questions) for quote in shown.quotes]
    for quote in (*quotes, *report.listening, *report.unanswered, *report.single_objections):
        signal = signals[quote.signal_id]
        assert quote.text == texts[signal.utterance_id][signal.start : signal.end]


# Trends and changes


def test_what_began_last_week_with_several_accounts_is_new(report: Report) -> None:
    assert theme_of(report, "O-0002").trend == "new"
    assert report.changes[0] == (
        "New objection: “Nobody asked us about that AI.” – 4 of 5 accounts, not heard before W44."
    )


def strangers(*counts: int) -> list[frozenset[str]]:
    """So many accounts in each week, each met once; the first of a week are the same ones whenever this is called."""
    return [frozenset(f"{week} {n}" for n in range(count)) for week, count in enumerate(counts)]


def regulars(*speakers: str) -> list[frozenset[str]]:
    """The accounts of each week by a letter each, so that they can come back."""
    return [frozenset(week) for week in speakers]


def name_trend(said: list[frozenset[str]], met: list[frozenset[str]], *, heard_before: bool = False) -> str:
    return name_trends({"O-0001": Series(tuple(said), heard_before)}, met)["O-0001"]


@pytest.mark.parametrize(
    ("reach", "accounts", "trend"),
    [
        ((2, 2, 2, 2, 2, 2), (7,) * 6, "too few to say"),
        ((20, 19, 20, 21, 20, 20), (70,) * 6, "steady"),
        ((0, 1, 1, 3, 5, 6), (7,) * 6, "rising"),
        ((6, 5, 3, 1, 1, 0), (7,) * 6, "fading"),
        ((1, 0, 1, 0, 1, 1), (7,) * 6, "too few to say"),
        ((0, 0, 0, 0, 0, 1), (7,) * 6, "too few to say"),
        ((0, 0, 0, 0, 0, 2), (7,) * 6, "too few to say"),
        ((0, 0, 0, 0, 0, 3), (7,) * 6, "new"),
        ((0, 0, 0, 0, 4, 3), (0, 0, 0, 0, 4, 3), "too few to say"),
        ((10, 10, 20, 30, 50, 60), (20, 20, 40, 60, 100, 120), "steady"),
        ((5, 5, 5, 5, 5, 5), (5,) * 6, "steady"),
    ],
    ids=[
        "even, but it might have doubled",
        "even",
        "up",
        "down",
        "few",
        "one account",
        "two accounts",
        "new",
        "two weeks only",
        "more calls, same rate",
        "everybody",
    ],
)
def test_trend_words(reach: tuple[int, ...], accounts: tuple[int, ...], trend: str) -> None:
    assert name_trend(strangers(*reach), strangers(*accounts)) == trend


def test_what_was_heard_before_the_weeks_shown_is_not_new() -> None:
    assert name_trend(strangers(0, 0, 0, 0, 0, 3), strangers(*[7] * 6), heard_before=True) == "too few to say"


def test_a_long_silence_before_makes_a_theme_new_that_half_a_dozen_weeks_could_not() -> None:
    words = []
    for met in (strangers(*[3] * 6), strangers(*[3] * 26)):
        others = {f"O-{n}": Series(tuple(met)) for n in range(2, 22)}
        said = [frozenset(sorted(week)[:n]) for week, n in zip(met[-2:], (1, 2), strict=True)]
        silent = [frozenset[str]()] * (len(met) - 2)
        words.append(name_trends({**others, "O-0001": Series((*silent, *said))}, met)["O-0001"])
    assert words == ["too few to say", "new"]


def test_one_talkative_customer_makes_no_trend() -> None:
    """A says it in all of its weeks, which are the last; four others say it once, evenly."""
    met = regulars("bcdefgh", "bijklmn", "copqrst", "Adpqrst", "Aeuvwxy", "Afuvwxy")
    said = regulars("b", "i", "p", "A", "Au", "A")
    assert name_trend(said, met) == "too few to say"


def test_customers_who_begin_to_say_it_make_a_trend_although_the_same_ones_are_met_every_week() -> None:
    met = regulars(*["abcdefgh"] * 6)
    assert name_trend(regulars("", "", "a", "abc", "abcdef", "abcdefg"), met) == "rising"
    assert name_trend(regulars(*["abcdef"] * 6), met) == "steady"


def test_among_many_unchanged_themes_few_are_called_rising_or_fading() -> None:
    """Twenty themes at an even rate, thirty times over, the same accounts met for weeks: few lists hold an alarm."""
    import numpy as np

    draw = np.random.default_rng(7)
    n_lists = 0
    for _ in range(30):
        met = [frozenset(f"{week // 3} {n}" for n in range(8)) for week in range(6)]
        talkative = draw.random((20, 2, 8)) < 0.3
        series = {
            f"O-{theme}": Series(
                tuple(
                    frozenset(
                        f"{week // 3} {n}" for n in range(8) if talkative[theme, week // 3, n] and draw.random() < 0.8
                    )
                    for week in range(6)
                ),
                heard_before=True,
            )
            for theme in range(20)
        }
        n_lists += bool({"rising", "fading"} & set(name_trends(series, met).values()))
    assert n_lists <= 5


@given(st.integers(0, 60), st.integers(1, 60))
def test_an_interval_holds_its_rate_and_mirrors_that_of_the_others(n: int, more: int) -> None:
    rate, others = measure_rate(n, n + more), measure_rate(more, n + more)
    assert rate and others and 0 <= rate.low <= rate.share <= rate.high <= 1
    assert rate.low == pytest.approx(1 - others.high)


def test_intervals_are_those_of_wilson() -> None:
    """5 of 10 is the example of Newcombe (1998); a share nobody was met for is missing."""
    rate = measure_rate(5, 10)
    assert rate and (round(rate.low, 4), round(rate.high, 4)) == (0.2366, 0.7634)
    assert measure_rate(0, 0) is None


def test_a_rate_is_zero_where_nobody_said_it_and_missing_where_nobody_was_met() -> None:
    diary = Diary()
    for week in (42, 43, 45):
        conversation = diary.meet(week, f"account {week}")
        if week != 43:
            diary.say(conversation, PRICE[0], "O-0001")
    report = build_report(diary.findings())
    rates = theme_of(report, "O-0001").rates
    assert [rate and rate.share for rate in rates] == [None, None, 1.0, 0.0, None, 1.0]
    mail = to_markdown(report)
    assert "| – | – | 1 (100 %) | 0 (0 %) | – | 1 (100 %) | 100 % (21–100 %) | too few to say |" in mail


# Groups


@pytest.fixture
def segments() -> Diary:
    """Twenty accounts with a call each: clinics speak of the AI and farms do not, both of the price; mail for some."""
    diary = Diary()
    for n in range(20):
        segment = "clinic" if n < 10 else "farm"
        conversation = diary.meet(44 + n % 2, f"account {n}", "email" if n % 3 else "call")
        metadata = replace(conversation.metadata, segment=segment, extra=(("region", "north" if n % 2 else "south"),))
        diary.conversations[-1] = replace(conversation, metadata=metadata)
        if segment == "clinic":
            diary.say(conversation, AI_DATA[n % 2], "O-0002", label="security")
        if n % 2:
            diary.say(conversation, PRICE[n % 3], "O-0001")
    return diary


def test_the_report_says_in_which_group_a_theme_is_said_more(segments: Diary) -> None:
    report = build_report(segments.findings())
    assert [(one.theme.id, one.column, one.value) for one in report.comparison.differences] == [
        ("O-0002", "segment", "clinic")
    ]
    said = "10 of 10 accounts, 100 % (72–100 %); elsewhere 0 of 10, 0 % (0–28 %)"
    for page in (Reader(to_html(report)).text, to_markdown(report)):
        assert "Where it differs" in page and "segment clinic" in page and said in page


def test_where_groups_do_not_differ_one_sentence_says_so(segments: Diary) -> None:
    findings = segments.findings()
    report = build_report(replace(findings, themes=tuple(one for one in findings.themes if one.id == "O-0001")))
    said = "No objection or question is said more in one segment or channel than elsewhere, beyond chance."
    assert said in to_markdown(report) and said in Reader(to_html(report)).text


def test_with_few_accounts_nothing_is_said_about_groups(report: Report) -> None:
    assert report.comparison.columns == ("channel",) or not report.comparison.columns
    assert not report.comparison.differences


def test_who_is_called_more_often_does_not_look_as_if_it_said_more() -> None:
    """Each call has the same chance of the objection; clinics are called five times, farms once."""
    diary = Diary()
    for n in range(24):
        for call in range(5 if n < 12 else 1):
            conversation = diary.meet(45, f"account {n}")
            segment = "clinic" if n < 12 else "farm"
            diary.conversations[-1] = replace(conversation, metadata=replace(conversation.metadata, segment=segment))
            if (n + call) % 5 == 0:
                diary.say(conversation, PRICE[0], "O-0001")
    report = build_report(diary.findings())
    assert report.comparison.columns == ("segment",)
    assert report.comparison.differences == ()


def test_trends_by_group_count_accounts_of_that_group_and_add_up_to_the_report(segments: Diary) -> None:
    findings = segments.findings()
    report, rows = build_report(findings), list(follow(findings, UTC, ("segment", "region")))
    by_cell = {(row.theme_id, row.week, row.column, row.value): row for row in rows}
    for theme in ("O-0001", "O-0002"):
        for week, rate in zip(report.weeks, theme_of(report, theme).rates, strict=True):
            row = by_cell.get((theme, week, "all", ""))
            assert (rate is None) == (row is None or row.rate is None)
            assert row is None or rate is None or (row.n_accounts, row.n_of, row.low) == (rate.n, rate.of, rate.low)
    assert by_cell["O-0002", "2026-W45", "segment", "clinic"].n_accounts == 5
    assert by_cell["O-0002", "2026-W45", "segment", "farm"].rate == 0.0
    assert by_cell["O-0001", "2026-W44", "region", "north"].rate is None  # its accounts were met in W45 only


def test_a_column_that_no_conversation_has_is_told_so(segments: Diary) -> None:
    with pytest.raises(UsageError, match="region"):
        list(follow(segments.findings(), UTC, ("regoin",)))


def test_a_week_without_conversations_is_missing_not_zero(diary: Diary) -> None:
    kept = diary.findings()
    monday_44 = monday("2026-W44")
    left = tuple(
        one
        for one in kept.conversations
        if one.started_at and not monday_44 <= one.started_at.date() < monday_44 + timedelta(weeks=1)
    )
    ids = {one.id for one in left}
    utterances = tuple(one for one in kept.utterances if one.conversation_id in ids)
    said = {one.id for one in utterances}
    signals = tuple(one for one in kept.signals if one.utterance_id in said)
    report = build_report(replace(kept, conversations=left, utterances=utterances, signals=signals))
    assert report.conversations_by_week[-2] == 0
    assert {shown.change for shown in report.objections} == {None}
    assert any("No conversations in W44: too few to say" in change for change in report.changes)
    assert "W44: no conversations" in to_html(report)


def test_changes_carry_the_fall_of_a_theme() -> None:
    diary = Diary()
    for week in (44, 45):
        for n in range(6):
            conversation = diary.meet(week, f"account {n}")
            if week == 44 and n < 4:
                diary.say(conversation, PRICE[0], "O-0001")
    report = build_report(diary.findings())
    assert f"Not heard this week: the objection “{PRICE[0]}” – last week 4 of 6 accounts." in report.changes


def test_the_listening_list_has_five_moments_of_sound_from_different_themes_first(report: Report) -> None:
    assert len(report.listening) == 5
    assert {quote.conversation_kind for quote in report.listening} == {"call"}
    first = [quote.text for quote in report.listening[:3]]
    assert first[0] in AI_DATA  # the new one leads
    assert len({*first} & {*AI_DATA}) == 1


def test_only_conversations_with_sound_are_worth_hearing(findings: Findings) -> None:
    assert build_report(replace(findings, playable=frozenset())).listening == ()


# The page and the mail


def test_rendering_twice_is_equal(findings: Findings, report: Report) -> None:
    backlog = build_backlog(findings)
    assert build_report(findings) == report
    assert to_html(report) == to_html(report)
    assert to_markdown(report) == to_markdown(report)
    assert backlog_to_xlsx(backlog) == backlog_to_xlsx(backlog)


def test_page_and_mail_say_the_same_numbers(report: Report) -> None:
    page, mail = Reader(to_html(report)).text, to_markdown(report)
    for shown in (*report.objections, *report.questions):
        said = f"{shown.n_conversations} of 5 conversations, {shown.n_accounts} of 5 accounts"
        assert said in page and said in mail
        assert shown.rates[-1] is not None
        now = f"{shown.rates[-1].share:.0%}".replace("%", " %")
        cells = " | ".join(f"{n} ({100 * n // 5} %)" for n in shown.reach_by_week)
        cells += f" | {interval(shown.rates[-1])}"
        assert f"{shown.n_accounts} of 5 accounts" in page and now in page and now in mail
        assert f"{shown.theme.label} | {cells} | {shown.trend} |" in mail
        row = f"{shown.theme.label} {shown.theme.canonical} {cells.replace(' |', '')} {shown.trend}"
        assert row in page
    for change in report.changes:
        assert change in page and change in mail
    for phrase in ("priority 80", "1 question got no answer", "1 utterance by", "asked 2 times: 1 answered"):
        assert phrase in page.lower() and phrase in mail.lower()


def test_page_needs_nothing_from_elsewhere_and_is_well_formed(report: Report) -> None:
    clips = {quote.signal_id: b"ID3sound" for quote in report.listening}
    page = to_html(report, clips)
    reader = Reader(page)
    assert reader.stack == []
    assert "http:" not in page and "https:" not in page and "@import" not in page and "url(" not in page
    names = [tag for tag, _ in reader.tags]
    assert not {"script", "link", "iframe", "img", "object"} & set(names)
    sources = [attributes["src"] or "" for _, attributes in reader.tags if "src" in attributes]
    assert sources and all(source.startswith("data:audio/mpeg;base64,") for source in sources)


def test_page_can_be_read_aloud(report: Report) -> None:
    """Landmarks, headings in order, headers of tables with their scope, words for every chart and player."""
    reader = Reader(to_html(report, {report.listening[0].signal_id: b"x"}))
    names = [tag for tag, _ in reader.tags]
    assert {"header", "main", "footer", "nav"} <= set(names)
    levels = [int(tag[1]) for tag in names if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(deeper <= level + 1 for level, deeper in zip(levels, levels[1:], strict=False))
    assert all("scope" in attributes for tag, attributes in reader.tags if tag == "th")
    assert all("aria-label" in attributes for tag, attributes in reader.tags if tag == "audio")
    charts = [attributes for tag, attributes in reader.tags if tag == "figure" and attributes.get("role") == "img"]
    assert charts and all(chart["aria-label"] for chart in charts)
    assert names.count("svg") == len(charts)
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_mails_name_the_day_and_the_account() -> None:
    diary = Diary()
    diary.say(diary.meet(45, "Eastgate", "email"), PRICE[0])
    report = build_report(diary.findings())
    for text in (Reader(to_html(report)).text, to_markdown(report)):
        assert "customer, Eastgate" in text and "e-mail, 3 November 2026" in text


def test_quotes_link_to_their_moment(report: Report) -> None:
    links = {quote.conversation_id: "../calls/a b.wav" for quote in report.listening}
    page, mail = to_html(report, {}, links), to_markdown(report, links)
    assert 'href="../calls/a%20b.wav#t=62.1">play from 1:02</a>' in page
    assert "[play from 1:02](../calls/a%20b.wav#t=62.1)" in mail


def test_a_link_that_could_run_something_is_left_out(report: Report) -> None:
    links = {quote.conversation_id: "javascript:alert(1)" for quote in report.listening}
    assert "javascript" not in to_html(report, {}, links) + to_markdown(report, links)


def test_too_little_is_said_to_be_too_little() -> None:
    diary = Diary()
    diary.meet(45, "Acme")
    report = build_report(diary.findings())
    for text in (Reader(to_html(report)).text, to_markdown(report)):
        assert text.count("too few to say") >= 5
    assert "too few to say" in backlog_to_markdown(build_backlog(diary.findings()))


def test_files_that_failed_are_named_with_their_reason(report: Report) -> None:
    for text in (Reader(to_html(report)).text, to_markdown(report)):
        assert "1 file that could not be read" in text
        assert "calls/broken.mp3" in text and "It holds no sound." in text


def test_a_very_long_quote_is_cut_outside_the_quotation_marks() -> None:
    diary = Diary()
    words = "again and " * 20_000
    diary.say(diary.meet(45, "Acme"), words.strip())
    report = build_report(diary.findings())
    for text in (to_html(report), to_markdown(report)):
        assert len(text) < 100_000
    shown = re.search(r"“(again[^”]*)” … \(cut here\)", to_markdown(report))
    assert shown and report.single_objections[0].text.startswith(shown[1])


def make_hostile(text: str) -> Findings:
    diary = Diary()
    for week in (44, 45):
        for account in (text, "Bright"):
            conversation = diary.meet(week, account)
            diary.say(conversation, text, "O-0001", label="price")
            diary.say(conversation, text)
            diary.say(conversation, text, "Q-0001", kind="question", status="unanswered")
    idea = make_idea("O-0001", text, owner=text, audience=text, asset_url=text, status=text)
    findings = diary.findings(ideas=(idea,), failures=(Failure(text, text),))
    return replace(findings, themes=tuple(replace(theme, label=text) for theme in findings.themes))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_are_inert_on_the_page_and_shown_as_said(text: str) -> None:
    page = to_html(build_report(make_hostile(text)))
    plain = Reader(to_html(build_report(make_hostile("harmless words"))))
    reader = Reader(page)
    assert [tag for tag, _ in reader.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(attributes) for _, attributes in reader.tags] == [sorted(attributes) for _, attributes in plain.tags]
    assert " ".join(text.split()) in reader.text


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_change_nothing_in_the_structure_of_the_mail(text: str) -> None:
    findings = make_hostile(text)
    for mail, plain in (
        (to_markdown(build_report(findings)), to_markdown(build_report(make_hostile("harmless words")))),
        (backlog_to_markdown(build_backlog(findings)), backlog_to_markdown(build_backlog(make_hostile("harmless")))),
    ):
        assert [line[:2] for line in mail.splitlines()] == [line[:2] for line in plain.splitlines()]
        bars = r"(?<!\\)\|"
        assert [len(re.findall(bars, line)) for line in mail.splitlines()] == [
            len(re.findall(bars, line)) for line in plain.splitlines()
        ]
        assert "<script" not in mail and not re.search(r"(?<!\\)\]\(", mail)
        assert not re.search(r"(?<!\\)\*bold(?<!\\)\*", mail)
        assert "https://" not in mail
        for line in mail.splitlines():
            assert "\u202e" not in line or line.count("\u2068") == line.count("\u2069") > 0


def test_a_theme_without_a_wording_is_named_by_its_label_and_not_in_quotation_marks(findings: Findings) -> None:
    report = build_report(replace(findings, themes=tuple(replace(one, canonical="") for one in findings.themes)))
    for text in (Reader(to_html(report)).text, to_markdown(report), *report.changes):
        assert "“”" not in text
    assert report.changes[0].startswith("New objection: label of O-0002 – 4 of 5 accounts")


# The backlog


def read_xlsx(data: bytes) -> dict[str, list[list[object]]]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" and cell.hyperlink is None for cell in row)
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets}


def test_table_workbook_and_text_of_the_backlog_agree(findings: Findings, report: Report) -> None:
    backlog = build_backlog(findings)
    rows = list(csv.DictReader(io.StringIO(backlog_to_csv(backlog))))
    sheets = read_xlsx(backlog_to_xlsx(backlog))
    head, *cells = sheets["Backlog"]
    text = backlog_to_markdown(backlog)
    assert [row["theme id"] for row in rows] == ["O-0002", "O-0001"]
    for row, values in zip(rows, cells, strict=True):
        assert row == {str(name): "" if value is None else str(value) for name, value in zip(head, values, strict=True)}
        shown = theme_of(report, row["theme id"])
        assert (row["trend"], row["accounts"]) == (shown.trend, str(shown.total_accounts))
        assert row["rate in the last week"] == interval(shown.rates[-1])
        assert row["rate"] in text and row["rate"].startswith(f"{100 * shown.total_accounts // 5} %")
        line = f"{row['accounts']} accounts, {row['conversations']} conversations, said {row['times said']} times"
        assert line in text
    assert len(sheets["Evidence"]) == 1 + sum(int(row["times said"]) for row in rows)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_cell_becomes_a_formula_or_a_link(text: str) -> None:
    backlog = build_backlog(make_hostile(text))
    sheets = read_xlsx(backlog_to_xlsx(backlog))
    assert sheets["Backlog"][1][4] == text  # the title, untouched
    rows = list(csv.reader(io.StringIO(backlog_to_csv(backlog), newline="")))
    assert len(rows) == 2
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in rows[1])


def test_an_idea_outlives_its_theme(findings: Findings) -> None:
    backlog = build_backlog(replace(findings, themes=()))
    assert {(row.theme_label, row.n_accounts, row.trend) for row in backlog.rows} == {("", 0, "too few to say")}
    assert backlog_to_xlsx(backlog).startswith(b"PK")


def test_a_backlog_needs_no_dates() -> None:
    diary = Diary()
    diary.say(diary.meet(0, "Acme"), PRICE[0], "O-0001")
    (row,) = build_backlog(diary.findings(ideas=(make_idea("O-0001"),))).rows
    assert (row.n_accounts, row.trend, row.evidence[0].date) == (1, "too few to say", "")


SAID = st.lists(
    st.tuples(
        st.sampled_from([0, 39, *range(41, 46)]),
        st.sampled_from(["Acme", "Bright", None]),
        st.sampled_from(["O-0001", "O-0002", "Q-0001", ""]),
        st.sampled_from(["customer", "rep", "unknown"]),
        st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(SAID)
def test_counts_add_up_whatever_is_said(said: list[tuple[int, str | None, str, Role, str]]) -> None:
    """Reached are no more than met, and what is shown stands in the page word for word."""
    diary = Diary()
    diary.meet(45, "Acme")
    for week, account, theme, role, text in said:
        kind: SignalKind = "question" if theme.startswith("Q") else "objection"
        diary.say(diary.meet(week, account), text, theme, kind=kind, role=role)
    report = build_report(diary.findings())
    for shown in (*report.objections, *report.questions):
        assert shown.n_accounts <= shown.n_conversations <= shown.n_signals
        pairs = zip(shown.reach_by_week, report.accounts_by_week, strict=True)
        assert all(reach <= met for reach, met in pairs)
        assert shown.n_accounts == shown.reach_by_week[-1]
    page = to_html(report)
    assert Reader(page).stack == []
    quotes: list[Quote] = [quote for shown in report.objections for quote in shown.quotes]
    assert all(
        f'<q dir="auto">{html.escape(quote.text)}</q>'.replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page
        for quote in quotes
    )


def followed() -> tuple[Findings, Report]:
    """Findings in which three objections to the price were received differently, with a phrase of that type."""
    diary = Diary()
    raised = [diary.say(diary.meet(45, f"account {n}"), "that is a lot of money", "O-0001") for n in range(3)]
    findings = replace(
        diary.findings(ideas=(make_idea("O-0001"),)),
        outcomes=tuple(
            Outcome(signal.id, "unknown" if number == 2 else "accepted") for number, signal in enumerate(raised)
        ),
        phrases=(Phrase("objection", "price", "a lot of money", 3, 3, 4.0),),
    )
    return findings, build_report(findings, "2026-W45")


def test_the_report_says_what_followed_an_objection_and_how_customers_say_it() -> None:
    _, report = followed()
    for page in (to_markdown(report), to_html(report)):
        assert "of 3 said: 2 accepted, 1 not known" in page
        assert "in 3 of 3 conversations" in page


def test_the_backlog_says_what_followed_in_every_shape() -> None:
    findings, _ = followed()
    backlog = build_backlog(findings)
    assert "of 3 said: 2 accepted, 1 not known" in backlog_to_csv(backlog)
    assert "What followed, of 3 said: 2 accepted, 1 not known" in backlog_to_markdown(backlog)
    assert set(backlog.followed.values()) == {"accepted", "unknown"}


def test_a_testimonial_idea_shows_the_best_praise_of_different_accounts_and_never_what_cannot_be_quoted() -> None:
    diary = Diary()
    diary.say(diary.meet(45, "Acme"), "can we trust you", "O-0001", label="trust")
    praise = [
        diary.say(diary.meet(45, account), text, kind="praise", label="")
        for account, text in (("B", "your app saved us hours"), ("B", "lovely people"), ("C", "call me on 555 0100"))
    ]
    scores = (0.9, 0.7, 0.0)
    findings = replace(
        diary.findings(ideas=(replace(make_idea("O-0001"), format="testimonial"),)),
        quotabilities=tuple(Quotability(one.id, score) for one, score in zip(praise, scores, strict=True)),
    )
    backlog = build_backlog(findings)
    assert [one.quote.text for one in backlog.rows[0].praise] == ["your app saved us hours"]
    assert [one.quote.text for one in backlog.praise] == ["your app saved us hours", "lovely people"]
    assert "quotability 0.90" in backlog_to_markdown(backlog)


def test_a_testimonial_idea_without_praise_says_so() -> None:
    diary = Diary()
    diary.say(diary.meet(45, "Acme"), "can we trust you", "O-0001", label="trust")
    findings = diary.findings(ideas=(replace(make_idea("O-0001"), format="testimonial"),))
    assert "No praise was found that could be quoted" in backlog_to_markdown(build_backlog(findings))


# How sure the themes are


def test_a_report_says_how_much_its_themes_hold_and_how_sure_they_are(diary: Diary):
    """Only what customers said counts; what people dismissed is neither in a theme nor alone."""
    findings = diary.findings()
    unsure = tuple(replace(one, stability=0.3) if one.id == "O-0002" else one for one in findings.themes)
    once = next(one for one in findings.signals if one.text.startswith("We got burned"))
    objections, questions = build_report(replace(findings, themes=unsure)).coverage.themes
    n_price, n_data = 12, 8
    assert (objections.n_said, objections.n_themed) == (n_price + n_data + 1, n_price + n_data)
    assert (objections.n_themes, objections.n_sure, objections.median_stability) == (2, 1, 0.6)
    assert (questions.n_said, questions.n_themed, questions.n_sure) == (12, 12, 1)
    dismissed = build_report(replace(findings, themes=unsure, dismissed=frozenset({once.id})))
    assert dismissed.coverage.themes[0].n_said == n_price + n_data


def test_without_themes_it_is_too_few_to_say_how_sure_they_are(diary: Diary):
    report = build_report(replace(diary.findings(), themes=()))
    assert report.coverage.themes[0].median_stability is None
    assert "21 objections, none in a theme: too few to say." in to_markdown(report)


def test_a_theme_is_shown_with_its_sureness_other_wordings_and_parts(diary: Diary):
    """In the page and in Markdown alike, each wording in quotation marks and nothing else."""
    parts = (
        SubTheme("six vans", "It costs too much for six vans.", "s1", ("s1", "s2")),
        SubTheme("price list", "", "", ("s3",)),
    )
    price = {"cohesion": 0.41, "variants": (Wording("s3", "Who can pay that?"),), "sub_themes": parts}
    themes = tuple(replace(one, **price) if one.id == "O-0001" else one for one in diary.findings().themes)
    report = build_report(replace(diary.findings(), themes=themes))
    page = " ".join("".join(Reader(to_html(report)).pieces).split())
    for said in (to_markdown(report), page):
        assert "sure (stability 0.90, cohesion 0.41)" in said
        assert "objections (95 %) in 2 themes, 1 alone; 2 themes sure, 0 less sure" in said
    assert "Said differently (all weeks): “Who can pay that?”." in to_markdown(report)
    assert "“It costs too much for six vans.” (said 2 times); price list (said 1 time)." in to_markdown(report)
    assert "It costs too much for six vans. (said 2 times); price list (said 1 time)." in page
