"""What `insights evaluate emails` asks of this room."""

from __future__ import annotations

from collections.abc import Mapping

from insights.sources.mail import envelope
from insights.sources.mail.bodies import read_body
from insights.sources.mail.read import parse
from insights.sources.mail.segments import mark_body, mark_lines, new_text
from insights.types import BOILERPLATE, FORWARDED, QUOTED, SIGNATURE, Segment


def predict_new_text(row: Mapping[str, object]) -> str:
    """Return what the sender of a labelled row newly wrote: of `eml` (a whole message) or of `text` (a plain body).

    Quoted and forwarded mail is not in it. Sign-off, signature and footers are, as in the public sets of replies; a
    row with `"signature": false` says that its label leaves them out, and so does the prediction. The rules on
    automatic mail are not applied: here a body is what is judged. Lines keep their breaks and lose their trailing
    spaces; the whole has no blank line at its ends.
    """
    eml = row.get("eml")
    segments = _of_eml(str(eml)) if eml else mark_body(str(row.get("text") or ""), sender=str(row.get("sender") or ""))
    dropped = {QUOTED, FORWARDED} if row.get("signature", True) else {QUOTED, FORWARDED, SIGNATURE, BOILERPLATE}
    kept = [segment for segment in segments if dropped.isdisjoint(segment.flags)]
    return new_text(Segment(segment.speaker, segment.text) for segment in kept)


def _of_eml(text: str) -> tuple[Segment, ...]:
    message = parse(text.encode("utf-8", "surrogateescape"), "row")
    sender = envelope.sender(message)
    who = f"{sender.name} <{sender.email}>" if sender.email else sender.name
    is_forward = envelope.is_forward(envelope.header_text(message, "Subject"))
    return mark_lines(read_body(message, "row").lines, sender=who, subject_is_forward=is_forward)
