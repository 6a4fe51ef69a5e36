"""The report as Markdown, good in any viewer and as the body of a mail; it says what the page says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from insights.outputs.templating import link_to, make_environment, reason_to_listen
from insights.outputs.wording import cut
from insights.types import Report

NOTHING: Mapping[str, str] = MappingProxyType({})
SPECIAL = re.compile(r"[\\`*_\[\]|~]")
ENTITIES = str.maketrans({"<": "&lt;", ">": "&gt;"})  # read the same by every viewer
ENTITY = re.compile(r"&(?=#?\w+;)")  # words that would turn into another letter
ADDRESS = re.compile(r"(?i)(?<=\w):(?=//)|(?<=www)\.")  # would become a link
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"})
ISOLATE, END = "\u2068", "\u2069"  # first strong isolate, pop


def to_markdown(report: Report, links: Mapping[str, str] = NOTHING, backlog: str = "") -> str:
    """Render a report as Markdown; `links` and `backlog` as in `to_html`."""
    environment = make_environment(autoescape=False, md=escape, quoted=quote_words, link=link_to)
    page = environment.get_template("report.md.j2").render(
        report=report, links=links, backlog=link_to(backlog), reason=partial(reason_to_listen, report=report)
    )
    return join_lines(page)


def join_lines(page: str) -> str:
    """Leave one blank line between blocks; texts are on one line each, so none is changed."""
    return re.sub(r"\n{3,}", "\n\n", page).strip() + "\n"


def escape(text: object) -> str:
    r"""Make a text inert: one line, no markup, no links, its writing direction kept to itself.

    >>> escape("a*b | <i>")
    'a\\*b \\| &lt;i&gt;'
    """
    line = " ".join(str(text).split())
    inert = ADDRESS.sub(r"\\\g<0>", SPECIAL.sub(r"\\\g<0>", ENTITY.sub("&amp;", line).translate(ENTITIES)))
    turns = any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in inert)
    return f"{ISOLATE}{inert}{END}" if turns else inert


def quote_words(text: str, limit: int = 600) -> str:
    """Put verbatim words in quotation marks; a cut is marked outside them."""
    beginning = cut(text, limit)
    return f"“{escape(beginning)}”" + ("" if beginning == text else " … (cut here)")
