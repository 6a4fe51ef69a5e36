"""What a file holds, told from its first bytes, whatever its name says."""

from __future__ import annotations

import re
from pathlib import Path

HEAD_BYTES = 8192

# What the first bytes must match, and what the file then is. Sound: only containers that PyAV opens.
SOUND = (
    (rb"(?:RIFF|RIFX|RF64)....WAVE", "a WAV sound file"),
    (rb"fLaC", "a FLAC sound file"),
    (rb"OggS\0", "an Ogg sound file"),
    (rb"ID3[\2-\4]|\xff[\xfb\xf3\xfa\xf2]", "an MP3 sound file"),
    (rb"\xff[\xf1\xf9]", "an AAC sound file"),
    (rb"\0...ftyp", "an MP4 sound or video file"),
    (rb"\x1a\x45\xdf\xa3", "a WebM or Matroska file"),
    (rb"#!AMR", "an AMR sound file"),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file"),
)
EXPORT = "Export the transcript as .vtt, .srt, .json, .csv or .txt."
OTHER = "Only sound, mail and transcripts are read."
ALIEN = (
    (rb"%PDF", "a PDF", EXPORT),
    (rb"\xd0\xcf\x11\xe0", "an old Office or Outlook file", "Save a transcript as .txt, a mail as .eml."),
    (rb"7z\xbc\xaf|Rar!\x1a|\x1f\x8b|BZh[1-9]1AY|\xfd7zXZ", "a compressed archive", "Unpack it first."),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a", "a picture", OTHER),
    (rb"SQLite format 3\0", "a database", OTHER),
    (rb"\x7fELF|MZ\x90\0", "a program", OTHER),
    (rb"Salted__|-----BEGIN PGP MESSAGE", "an encrypted file", "Decrypt it first."),
    (rb"\{\\rtf", "a rich-text document", "Save it as plain .txt."),
    (rb"FORM....AIF[FC]", "an AIFF sound file", "Convert it to .wav or .flac."),
    (rb"(?i:\s*(?:<!doctype html|<html))", "a web page, perhaps of a failed download", "Download the file itself."),
)
LOOK_INSIDE = (b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0")  # whether locked is told further on in the file
ZIP_ENCRYPTED = 0x1  # bit of the general-purpose flags, at byte 6 of a ZIP
DOCUMENTS = ((b"word/", "a Word document"), (b"xl/", "an Excel workbook"), (b"ppt/", "a PowerPoint file"))
ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
BOMS = (b"\xff\xfe", b"\xfe\xff")


def find_sound(head: bytes) -> str:
    """Name the kind of sound file these first bytes belong to; empty if none."""
    return next((what for magic, what in SOUND if re.match(magic, head, re.DOTALL)), "")


def find_alien(head: bytes, whole: bytes = b"") -> str:
    """Say what else a file is, and what would do; empty if it looks like none of the known others."""
    if head.startswith(b"PK\x03\x04"):
        return _name_zip(head, whole)
    if head.startswith(b"%PDF") and b"/Encrypt" in (whole or head):
        return "is a password-protected PDF. Unlock it first. " + EXPORT
    if head.startswith(b"\xd0\xcf\x11\xe0") and ENCRYPTED_OFFICE in (whole or head):
        return "is a password-protected Office document. Unlock it and save it as plain .txt."
    known = ((what, advice) for magic, what, advice in ALIEN if re.match(magic, head, re.DOTALL))
    return next((f"is {what}. {advice}" for what, advice in known), "")


def looks_like_text(head: bytes) -> bool:
    """Tell text from binary: no NUL and hardly a control character, unless it says to be UTF-16."""
    if head.startswith(BOMS):
        return True
    controls = sum(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in head)
    return b"\0" not in head and controls <= len(head) // 100


def read_head(path: Path) -> bytes:
    """Read the first bytes of a file."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _name_zip(head: bytes, whole: bytes) -> str:
    if int.from_bytes(head[6:8], "little") & ZIP_ENCRYPTED:
        return "is a password-protected ZIP archive. Unpack it first."
    names = whole or head
    for part, what in DOCUMENTS:
        if part in names:
            return f"is {what}. Save it as plain .txt (or .csv) with lines like 'Name: text'."
    return "is a ZIP archive. Unpack it first."
