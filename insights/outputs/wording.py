"""How numbers, times and people are put into words; HTML, Markdown and tables all say them this way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from insights.outputs.weeks import monday
from insights.types import Cover, Difference, Phrase, Quote, Rate, Report, SubTheme, Theme, ThemeWeek

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
KINDS = {"call": "call", "meeting": "meeting", "email": "e-mail", "voicemail": "voicemail"}
PLURALS = {"stretch": "stretches", "question or objection": "questions and objections"}
OUTCOMES = {"deferred": "put off", "unknown": "not known"}  # the others are said as they are called
MAX_QUOTE = 600  # letters of a quote shown; the rest is left out and said to be
MAX_TITLE = 160


def count(n: int, noun: str) -> str:
    """Write a number with its noun.

    >>> count(1, "account"), count(3, "account")
    ('1 account', '3 accounts')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {PLURALS.get(noun, noun + 's')}"


def clock(seconds: float | None) -> str:
    """Write a place in a recording.

    >>> clock(62.1), clock(3723), clock(None)
    ('1:02', '1:02:03', '')
    """
    if seconds is None:
        return ""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def day(iso: str) -> str:
    """Write a date for people.

    >>> day("2026-11-03")
    '3 November 2026'
    """
    if not iso:
        return "undated"
    value = date.fromisoformat(iso)
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def week_dates(week: str) -> str:
    """Write the days of a week.

    >>> week_dates("2026-W45")
    'Monday 2 to Sunday 8 November 2026'
    """
    first = monday(week)
    last = first + timedelta(days=6)
    month = "" if first.month == last.month else f" {MONTHS[first.month - 1]}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"Monday {first.day}{month}{year} to Sunday {day(last.isoformat())}"


def week_title(week: str) -> str:
    """Name a week in a headline.

    >>> week_title("2026-W45")
    'Week 45, 2026'
    """
    return f"Week {int(week[-2:])}, {week[:4]}"


def short_week(week: str) -> str:
    """Name a week in a chart.

    >>> short_week("2026-W45")
    'W45'
    """
    return week[-3:]


def type_name(label: str) -> str:
    """Name an objection type for people.

    >>> type_name("status_quo")
    'status quo'
    """
    return label.replace("_", " ")


def change_words(change: int | None) -> str:
    """Say how many accounts more or fewer than last week."""
    if change is None:
        return "nothing to compare with last week"
    if change == 0:
        return "as many as last week"
    return f"{abs(change)} {'more' if change > 0 else 'fewer'} than last week"


def reach_words(shown: ThemeWeek, report: Report) -> str:
    """Say how many said it: "4 of 7 conversations, 4 of 6 accounts"."""
    conversations = count(report.conversations_by_week[-1], "conversation")
    return f"{shown.n_conversations} of {conversations}, {account_words(shown, report)}"


def account_words(shown: ThemeWeek, report: Report) -> str:
    """Say how many accounts said it this week, of how many met."""
    return f"{shown.n_accounts} of {count(report.accounts_by_week[-1], 'account')}"


def percent(rate: Rate | None) -> str:
    """Write a rate; a dash where nobody was met.

    >>> percent(Rate(2, 3, 0.2, 0.9)), percent(None)
    ('67 %', '–')
    """
    return f"{100 * rate.share:.0f} %" if rate else "–"


def interval(rate: Rate | None) -> str:
    """Write a rate with its interval.

    >>> interval(Rate(2, 5, 0.118, 0.769))
    '40 % (12–77 %)'
    """
    return f"{percent(rate)} ({100 * rate.low:.0f}–{100 * rate.high:.0f} %)" if rate else percent(rate)


def difference_words(one: Difference) -> str:
    """Say how many said it in a group and how many elsewhere.

    >>> from insights.types import Theme
    >>> theme = Theme("O-0001", "objection", "", "", "", (), (), 1.0)
    >>> difference_words(Difference(theme, "stage", "demo", Rate(4, 5, 0.4, 1.0), Rate(1, 10, 0.0, 0.4), 0.001))
    '4 of 5 accounts, 80 % (40–100 %); elsewhere 1 of 10, 10 % (0–40 %)'
    """
    inside = f"{one.inside.n} of {count(one.inside.of, 'account')}, {interval(one.inside)}"
    return f"{inside}; elsewhere {one.elsewhere.n} of {one.elsewhere.of}, {interval(one.elsewhere)}"


def group_words(one: Difference) -> str:
    """Name a group of conversations.

    >>> from insights.types import Theme
    >>> theme = Theme("O-0001", "objection", "", "", "", (), (), 1.0)
    >>> group_words(Difference(theme, "channel", "email", Rate(4, 5, 0.4, 1.0), Rate(1, 10, 0.0, 0.4), 0.001))
    'channel e-mail'
    """
    return f"{one.column} {KINDS.get(one.value, one.value) if one.column == 'channel' else one.value}"


def listed(words: Sequence[str]) -> str:
    """Write a list of alternatives.

    >>> listed(["segment", "stage", "outcome"])
    'segment, stage or outcome'
    """
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def answer_words(shown: ThemeWeek) -> str:
    """Say how often a question was asked this week, and what became of it."""
    n_open = shown.n_signals - shown.n_answered - shown.n_partly - shown.n_unanswered
    parts = [f"{shown.n_answered} answered", f"{shown.n_unanswered} unanswered"]
    parts[1:1] = [f"{shown.n_partly} partly"] if shown.n_partly else []
    return f"asked {count(shown.n_signals, 'time')}: " + ", ".join(parts + ([f"{n_open} put off"] if n_open else []))


def outcome_words(outcomes: Sequence[tuple[str, int]]) -> str:
    """Say what followed an objection, of how many.

    >>> outcome_words([("accepted", 5), ("deferred", 1), ("unknown", 2)])
    'of 8 said: 5 accepted, 1 put off, 2 not known'
    """
    parts = [f"{n} {OUTCOMES.get(status, status)}" for status, n in outcomes]
    return f"of {sum(n for _, n in outcomes):,} said: {', '.join(parts)}" if parts else ""


def kind_words(phrase: Phrase) -> str:
    """Say how many conversations hold a phrase: "in 4 of 12 conversations"."""
    return f"in {phrase.n_conversations} of {count(phrase.n_all, 'conversation')}"


def sureness_words(theme: Theme) -> str:
    """Say how sure a theme is: "less sure (stability 0.52, cohesion 0.30)"."""
    cohesion = "" if theme.cohesion is None else f", cohesion {theme.cohesion:.2f}"
    return f"{theme.sureness} (stability {theme.stability:.2f}{cohesion})"


def cover_words(one: Cover) -> str:
    """Say how much the themes hold and how sure they are; the first stability is the median.

    >>> cover_words(Cover("question", 9, 6, 2, 1, 0.6, 0.6))
    '6 of 9 questions (67 %) in 2 themes, 3 alone; 1 theme sure, 1 less sure; stability 0.60 (mean 0.60)'
    >>> cover_words(Cover("objection", 2, 0, 0, 0, None, None))
    '2 objections, none in a theme: too few to say'
    """
    if one.median_stability is None or one.mean_stability is None:
        return f"{count(one.n_said, one.kind)}, none in a theme: too few to say"
    held = f"{one.n_themed} of {count(one.n_said, one.kind)}"
    percent_held = f" ({100 * one.n_themed / one.n_said:.0f} %)" if one.n_said else ""
    sure = f"{count(one.n_sure, 'theme')} sure, {one.n_themes - one.n_sure} less sure"
    stability = f"stability {one.median_stability:.2f} (mean {one.mean_stability:.2f})"
    alone = one.n_said - one.n_themed
    return f"{held}{percent_held} in {count(one.n_themes, 'theme')}, {alone} alone; {sure}; {stability}"


def short_label(theme: Theme) -> str:
    """The label, or "" where it is only the beginning of the wording that stands beside it.

    >>> short_label(Theme("Q-0001", "question", "Do you have …", "Do you have SSO?", "", (), (), 1.0))
    ''
    """
    return "" if theme.canonical.startswith(theme.label.removesuffix(" …")) else theme.label


def part_words(part: SubTheme) -> str:
    """Say what a sub-theme is and how often it was said.

    >>> part_words(SubTheme("cost of support", "What does support cost?", "s1", ("s1", "s2")))
    '“What does support cost?” (said 2 times)'
    """
    name = f"“{part.canonical}”" if part.canonical else part.label
    return f"{name} (said {count(len(part.signal_ids), 'time')})"


def who(quote: Quote) -> str:
    """Say who spoke: the role, the name where one is known, the account."""
    role = "speaker of unknown role" if quote.role == "unknown" else quote.role
    name = f"{quote.speaker} ({role})" if quote.speaker else role
    return f"{name}, {quote.account}" if quote.account else f"{name}, account not known"


def where(quote: Quote) -> str:
    """Say in what, on which day and at what time it was said."""
    kind = KINDS[quote.conversation_kind]
    at = f", at {clock(quote.start_s)}" if quote.start_s is not None else ""
    return f"{kind}, {day(quote.date)}{at}" if quote.date else f"{kind}, undated{at}"


def heard_as(quote: Quote) -> str:
    """Say which names of a quote the vocabulary put right: "Kestralis heard as Kestrelis"; "" if none."""
    return "; ".join(f"{name} heard as {heard}" for name, heard in quote.corrections)


def cut(text: str, limit: int = MAX_QUOTE) -> str:
    """Give the beginning of a long text, up to a space; a shorter one as it is."""
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(None, 1)[0]


def whole(number: float) -> str:
    """Write a priority or its points as a whole number."""
    return f"{number:.0f}"


def one_line(text: str) -> str:
    """Put a text on one line; its words stay as they are."""
    return " ".join(text.split())
