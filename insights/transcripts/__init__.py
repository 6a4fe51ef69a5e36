"""Recordings in, what was said out: each channel heard by itself, merged by time."""

from insights.transcripts.clip import cut_clip
from insights.transcripts.survey import probe
from insights.transcripts.transcribe import Transcript, transcribe
from insights.transcripts.whisper import VERSION, Recogniser, TranscribeOptions, helper_of, load_whisper
from insights.transcripts.workers import Progress, transcribe_all

__all__ = [
    "VERSION",
    "Progress",
    "Recogniser",
    "TranscribeOptions",
    "Transcript",
    "cut_clip",
    "helper_of",
    "load_whisper",
    "probe",
    "transcribe",
    "transcribe_all",
]
