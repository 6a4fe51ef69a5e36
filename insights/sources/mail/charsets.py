"""Bytes of a body as text, whatever their label says; never a crash, and never a codec that is no charset."""

from __future__ import annotations

import codecs

SAMPLE_BYTES = 65_536  # of a body whose charset is guessed
MIN_GUESS_BYTES = 32  # fewer tell nothing of their charset
# Those that mail is written in: without this list, a guess may fall on a mainframe's.
_MAIL_CHARSETS = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r", "koi8_u", "mac_roman"),
    *("shift_jis", "euc_jp", "iso2022_jp", "gb18030", "big5", "euc_kr"),
]
# What mail programs write and what they mean; Windows is sent under the name of its ISO neighbour.
_ALIASES = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "utf8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "cp-850": "cp850",
    "iso-8859-8-i": "iso-8859-8",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
}
# Codecs that are not charsets of mail, some of them slow on long input.
_REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_WESTERN = frozenset({"cp1252", "cp1254", "iso8859-1", "iso8859-15", "cp850", "mac-roman", "ascii", ""})


def decode_text(data: bytes, charset: str | None) -> str:
    """Return the text of `data`: by its charset, by UTF-8 where that label is a wrong Western one, else by a guess."""
    codec = _codec(charset)
    if codec in _WESTERN and (text := _try_decode(data, "utf-8")) is not None:
        return text
    text = _try_decode(data, codec) if codec else None
    if text is None:
        text = _try_decode(data, "utf-8")
    return _guess(data) if text is None else text


def _codec(charset: str | None) -> str:
    """Return the name of a usable codec, or "" where the label names none."""
    label = (charset or "").strip(" \"'\t").casefold()
    name = _ALIASES.get(label, label)
    if not name or not name.isascii() or "\x00" in name or len(name) > 40:
        return ""
    try:
        found = codecs.lookup(name)
    except LookupError:
        return ""
    refused = found.name.replace("-", "_") in _REFUSED or not getattr(found, "_is_text_encoding", True)
    return "" if refused else found.name


def _try_decode(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeError:
        return None


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    if len(data) < MIN_GUESS_BYTES:
        return data.decode("cp1252", "replace")
    best = from_bytes(data[:SAMPLE_BYTES], cp_isolation=_MAIL_CHARSETS).best()
    codec = _codec(best.encoding) if best is not None else ""
    return data.decode(codec or "cp1252", "replace")
