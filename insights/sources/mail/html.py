"""HTML bodies as lines: what a mail program marked as quoted or as signature is known before the tags are gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from insights.sources.mail.lines import Line, phrase_set, phrases
from insights.types import QUOTED, SIGNATURE

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_HTML_CHARS = 4_000_000  # of markup; more is cut
# Private-use characters that the mail itself cannot bring in: they are taken out of it first.
_OPEN_QUOTE, _OPEN_SIGNATURE, _CLOSE, _QUOTE_REST = "\ue0f0", "\ue0f1", "\ue0f2", "\ue0f3"
_MARKERS = {_OPEN_QUOTE: QUOTED, _OPEN_SIGNATURE: SIGNATURE}
_NO_MARKERS = str.maketrans(dict.fromkeys((_OPEN_QUOTE, _OPEN_SIGNATURE, _CLOSE, _QUOTE_REST)))


def html_lines(markup: str) -> list[Line]:
    """Return the visible text of an HTML body as lines, flagged where its markup tells what they are."""
    from inscriptis.html_engine import Inscriptis
    from inscriptis.model.config import ParserConfig

    tree = _parse(markup.translate(_NO_MARKERS)[:MAX_HTML_CHARS])
    if tree is None:
        return []
    _drop_hidden(tree)
    _set_markers(tree)
    text = str(Inscriptis(tree, ParserConfig()).get_text())
    return list(_read_markers(text.replace("\xa0", " ").split("\n")))


def _parse(markup: str) -> HtmlElement | None:
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    # Encoded so that a wrong <meta charset> or an XML declaration inside the markup is not believed.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    clean = markup.replace("\x00", "").encode("utf-8", "replace")
    try:
        return document_fromstring(clean, parser=parser) if clean.strip() else None
    except etree.ParserError:  # nothing but whitespace or comments
        return None


def _drop_hidden(tree: HtmlElement) -> None:
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or _is_hidden(element):
            parent = element.getparent()
            if parent is not None:
                element.drop_tree()


def _is_hidden(element: HtmlElement) -> bool:
    if element.tag in phrase_set("html.dropped_tags") or "hidden" in element.attrib:
        return True
    style = _style(element) + ";"
    return bool(len(style) > 1 and any(hiding in style for hiding in phrases()["html"]["hiding_styles"]))


def _style(element: HtmlElement) -> str:
    return str(element.get("style", ""))[:2000].casefold().replace(" ", "").replace("\n", "").replace("\t", "")


def _set_markers(tree: HtmlElement) -> None:
    """Put marker characters around quotes and signatures, and at points from which on all is quoted."""
    for element in list(tree.iter()):
        if _begins_rest(element):
            _insert_before(element, _QUOTE_REST)
        elif _is_quote(element):
            _wrap(element, _OPEN_QUOTE)
        elif _is_signature(element):
            _wrap(element, _OPEN_SIGNATURE)


def _classes(element: HtmlElement) -> set[str]:
    return set(element.get("class", "")[:500].casefold().split())


def _id(element: HtmlElement) -> str:
    return str(element.get("id", ""))[:200].casefold()


def _begins_rest(element: HtmlElement) -> bool:
    if _id(element) in phrase_set("html.rest_ids") or _classes(element) & phrase_set("html.rest_classes"):
        return True
    return element.tag == "div" and any(border in _style(element) for border in phrases()["html"]["rest_styles"])


def _is_quote(element: HtmlElement) -> bool:
    classes = _classes(element)
    if element.tag == "blockquote":
        style = _style(element)
        return (
            bool(classes & phrase_set("html.quote_classes"))
            or element.get("type") == "cite"
            or "cite" in element.attrib
            or "border-left" in style
        )
    if element.get("name", "").casefold() == "messagereplysection" or _id(element).startswith(
        tuple(phrases()["html"]["quote_id_starts"])
    ):
        return True
    if not classes & phrase_set("html.quote_classes"):
        return False
    # A container of attribution and quote may also hold answers between the quotes: then its parts are marked instead.
    return "gmail_attr" in classes or next(element.iter("blockquote"), None) is None


def _is_signature(element: HtmlElement) -> bool:
    return element.tag != "body" and (
        bool(_classes(element) & phrase_set("html.signature_classes"))
        or _id(element) in phrase_set("html.signature_ids")
    )


def _insert_before(element: HtmlElement, marker: str) -> None:
    if element.getparent() is not None:
        element.addprevious(_marker(element, marker))


def _wrap(element: HtmlElement, marker: str) -> None:
    if element.getparent() is not None:
        element.addprevious(_marker(element, marker))
        element.addnext(_marker(element, _CLOSE))  # takes over the text that follows the element


def _marker(element: HtmlElement, marker: str) -> HtmlElement:
    made: HtmlElement = element.makeelement("div", {})
    made.text = marker
    return made


def _read_markers(texts: list[str]) -> Iterator[Line]:
    open_flags: list[str] = []
    is_rest = False
    for text in texts:
        marker = text.strip()
        if marker in _MARKERS:
            open_flags.append(_MARKERS[marker])
        elif marker == _CLOSE:
            open_flags = open_flags[:-1]
        elif marker == _QUOTE_REST:
            is_rest = True
        else:
            hint = QUOTED if is_rest or QUOTED in open_flags else open_flags[-1] if open_flags else ""
            yield Line(text.translate(_NO_MARKERS).strip(), hint)
