"""Mail in, segments out: what a sender newly wrote is told from quotes, signatures, boilerplate; all is kept."""

from __future__ import annotations

from insights.sources.mail.bodies import Attachment
from insights.sources.mail.mbox import Failure, read_mbox
from insights.sources.mail.predict import predict_new_text
from insights.sources.mail.read import Mail, read_eml
from insights.sources.mail.segments import mark_body, new_text

__all__ = ["Attachment", "Failure", "Mail", "mark_body", "new_text", "predict_new_text", "read_eml", "read_mbox"]
