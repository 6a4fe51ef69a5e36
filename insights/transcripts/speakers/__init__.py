"""Who speaks when in a recording whose channels do not tell: the voices told apart, each word given to one of them."""

from insights.transcripts.speakers.tell import tell_apart

__all__ = ["tell_apart"]
