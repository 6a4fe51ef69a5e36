"""A first draft for whoever writes: what customers say, what reps said to it, what is still open; nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from insights.types import Answer, Idea, Outcome, Phrase, Quote, Theme

if TYPE_CHECKING:
    from jinja2 import Template

N_QUOTES = 6
N_ANSWERS = 3


@dataclass(frozen=True, slots=True)
class AnsweredQuote:
    """A customer's words, and the rep's answer if there was one."""

    quote: Quote
    answer: Answer | None = None
    outcome: Outcome | None = None  # of an objection


def brief(idea: Idea, theme: Theme, evidence: Sequence[AnsweredQuote], phrases: Sequence[Phrase] = ()) -> str:
    """The draft of an idea as Markdown; `evidence` comes best first, `phrases` are customers' for its type or kind."""
    answered = [one for one in evidence if one.answer and one.answer.text]
    return _template().render(
        idea=idea,
        theme=theme,
        quotes=[one.quote for one in evidence[:N_QUOTES]],
        n_more=max(len(evidence) - N_QUOTES, 0),
        answered=answered[:N_ANSWERS],
        followed=Counter(one.outcome.status for one in evidence if one.outcome),
        accepted=[one for one in evidence if _was_accepted(one)][:N_ANSWERS],
        phrases=phrases,
        n_open=sum(one.answer is not None and one.answer.status == "unanswered" for one in evidence),
        n_deferred=sum(one.answer is not None and one.answer.status == "deferred" for one in evidence),
    )


def _was_accepted(one: AnsweredQuote) -> bool:
    return one.outcome is not None and one.outcome.status == "accepted" and bool(one.outcome.text)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(  # Markdown for people's own files; nothing is rendered as HTML here
        loader=PackageLoader("insights.backlog"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        keep_trailing_newline=True,
    )
    environment.filters["inline"] = lambda text: " ".join(text.split())
    environment.filters["clock"] = lambda seconds: f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
    return environment.get_template("brief.md.j2")
