"""The sources room: every reader, who a file is, and one clear line for each bad file."""

from __future__ import annotations

import json
import os
import time
import wave
import zipfile
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webvtt import Caption, WebVTT

from insights import sources
from insights.config import Settings
from insights.errors import SourceError, UsageError
from insights.sources.captions import parse_srt, parse_vtt
from insights.sources.clocks import parse_moment, parse_time
from insights.sources.plain import parse_txt
from insights.sources.recorder import parse_json
from insights.sources.tabular import parse_csv
from insights.sources.turns import Transcript, Turn, to_conversation
from insights.types import Conversation, Failure, Recording, Segment

SETTINGS = Settings(timezone="America/New_York", our_domains=("ours.example",))
ZONE = SETTINGS.zone


def segments_of(transcripts: tuple[Transcript, ...]) -> list[tuple[str, str, float | None, float | None]]:
    (transcript,) = transcripts
    segments = to_conversation(transcript, "id", "file").segments
    return [(segment.speaker, segment.text, segment.start_s, segment.end_s) for segment in segments]


def read_one(path: Path) -> Conversation:
    (found,) = sources.read(path, SETTINGS)
    assert isinstance(found, Conversation)
    return found


def write_wav(path: Path, n_frames: int = 80) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\1\0" * n_frames)
    return path


# Captions


def test_zoom_captions_name_the_speaker_before_a_colon():
    text = """WEBVTT

1
00:00:01.000 --> 00:00:02.500
Dana Whitmore: Hi Tom.

2
00:00:03.000 --> 00:00:05.000
Tom Brannigan: Hi. Two things:
price and time.
"""
    assert segments_of(parse_vtt(text, ZONE)) == [
        ("Dana Whitmore", "Hi Tom.", 1.0, 2.5),
        ("Tom Brannigan", "Hi. Two things: price and time.", 3.0, 5.0),
    ]


def test_teams_captions_name_the_speaker_in_a_voice_tag_and_style_and_notes_are_no_words():
    text = """WEBVTT
Language: en-GB

STYLE
::cue { color: red }

NOTE nobody says this

abc/12-0
00:01.500 --> 00:03.000 align:start
<v Dana O&#39;Hara>Do you use <i>Okta</i>?</v>

00:03.000 --> 00:04.000
<v.loud Tom>Yes &amp; no.</v>
"""
    assert segments_of(parse_vtt(text, ZONE)) == [
        ("Dana O'Hara", "Do you use Okta?", 1.5, 3.0),
        ("Tom", "Yes & no.", 3.0, 4.0),
    ]


def test_two_voices_in_one_cue_are_two_segments():
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hello</v> <v Bob>Hi</v>\n"
    assert segments_of(parse_vtt(text, ZONE)) == [("Ann", "Hello", 1.0, 2.0), ("Bob", "Hi", 1.0, 2.0)]


def test_a_colon_in_a_sentence_names_nobody():
    text = """WEBVTT

00:01.000 --> 00:02.000
So here is the thing: it costs too much.

00:02.000 --> 00:03.000
Honestly: yes.

00:03.000 --> 00:04.000
And it takes for ever.
"""
    assert {speaker for speaker, *_ in segments_of(parse_vtt(text, ZONE))} == {""}


def test_a_cue_without_a_name_goes_on_with_the_speaker_before():
    text = """1
00:00:01,000 --> 00:00:02,000
DANA: How many technicians?

2
00:00:02,000 --> 00:00:03,000
Roughly.

3
00:00:03,000 --> 00:00:04,000
TOM: Twelve.
"""
    assert [(speaker, words) for speaker, words, *_ in segments_of(parse_srt(text, ZONE))] == [
        ("DANA", "How many technicians?"),
        ("DANA", "Roughly."),
        ("TOM", "Twelve."),
    ]


def test_cues_that_cannot_be_read_are_told_of(tmp_path: Path):
    path = tmp_path / "half.vtt"
    path.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n\n99:99.000 --> 01:00.000\nLost.\n")
    conversation, failure = sources.read(path, SETTINGS)
    assert isinstance(conversation, Conversation)
    assert [segment.text for segment in conversation.segments] == ["Hello."]
    assert isinstance(failure, Failure)
    assert failure.reason.startswith("1 of 2 turns could not be read")


words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
sentences = st.lists(words, min_size=1, max_size=6).map(" ".join)
cues = st.lists(
    st.tuples(st.sampled_from(["Dana", "Tom Brannigan", "Åsa"]), sentences, st.integers(0, 10**5)), min_size=1
)


@given(cues)
def test_captions_to_conversation_to_captions_is_equal(cues: list[tuple[str, str, int]]):
    """What is read from captions, written as captions again, is the same file."""
    captions = WebVTT()
    starts_ms = sorted({start_ms for *_, start_ms in cues})
    for (speaker, sentence, _), start_ms in zip(cues, starts_ms, strict=False):
        captions.captions.append(make_caption(speaker, sentence, start_ms / 1000, start_ms / 1000 + 1.5))
    (transcript,) = parse_vtt(captions.content, ZONE)
    again = WebVTT()
    for segment in to_conversation(transcript, "id", "x.vtt").segments:
        assert segment.start_s is not None
        assert segment.end_s is not None
        again.captions.append(make_caption(segment.speaker, segment.text, segment.start_s, segment.end_s))
    assert again.content == captions.content


def make_caption(speaker: str, sentence: str, start_s: float, end_s: float) -> Caption:
    return Caption(stamp(start_s), stamp(end_s), f"<v {speaker}>{sentence}</v>")


def stamp(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


# JSON


def test_the_documented_json_gives_everything():
    top = {
        "title": "Demo with Kestrel",
        "started_at": "2026-10-06T11:00:00",
        "language": "en-US",
        "consent": "announced",
        "participants": [{"name": "Dana", "email": "Dana@ours.example", "role": "rep"}, {"name": "Tom"}],
        "metadata": {"account": "Kestrel", "amount": 1200},
        "segments": [
            {"speaker": "Tom", "start": 3, "end": 4, "text": "Twelve."},
            {"speaker": "Dana", "start": "0:00:01.5", "end": 2.5, "text": "How many?"},
        ],
    }
    (transcript,) = parse_json(json.dumps(top), ZONE)
    conversation = to_conversation(transcript, "id", "x.json")
    assert [(s.speaker, s.start_s, s.end_s) for s in conversation.segments] == [("Dana", 1.5, 2.5), ("Tom", 3.0, 4.0)]
    assert conversation.started_at == datetime(2026, 10, 6, 15, tzinfo=UTC)  # New York, in summer
    assert (conversation.subject, conversation.language, conversation.consent) == (
        "Demo with Kestrel",
        "en",
        "announced",
    )
    assert (conversation.metadata.account, conversation.metadata.amount) == ("Kestrel", 1200.0)
    assert [(p.name, p.email, p.role) for p in conversation.participants] == [
        ("Dana", "dana@ours.example", "rep"),
        ("Tom", "", "unknown"),
    ]
    assert conversation.kind == "call"


EXPORTS = {
    "whisper": {"segments": [{"start": 1.0, "end": 2.0, "text": " Hi."}], "language": "en"},
    "whisperx": {"segments": [{"start": 1.0, "end": 2.0, "text": "Hi.", "speaker": "SPEAKER_00"}]},
    "deepgram": {"results": {"utterances": [{"start": 1.0, "end": 2.0, "transcript": "Hi.", "speaker": 0}]}},
    "assemblyai": {"audio_duration": 3, "utterances": [{"speaker": "A", "start": 1000, "end": 2000, "text": "Hi."}]},
    "aws": {
        "results": {
            "audio_segments": [{"start_time": "1.0", "end_time": "2.0", "transcript": "Hi.", "speaker_label": "spk_0"}]
        }
    },
    "gong": {
        "callTranscripts": [
            {"transcript": [{"speakerId": "7", "sentences": [{"start": 1000, "end": 2000, "text": "Hi."}]}]}
        ]
    },
    "fireflies": {
        "data": {
            "transcript": {"sentences": [{"speaker_name": "Ann", "text": "Hi.", "start_time": 1.0, "end_time": 2.0}]}
        }
    },
    "a bare list": [{"Speaker Name": "Ann", "startTime": 1, "endTime": 2, "text": "Hi."}],
    "milliseconds by name": [{"speaker": "Ann", "start_ms": 1000, "end_ms": 2000, "text": "Hi."}],
    "milliseconds as said": {"time_unit": "ms", "segments": [{"start": 1000, "end": 2000, "text": "Hi."}]},
}
SPEAKERS = {
    "whisperx": "SPEAKER_00",
    "deepgram": "speaker 0",
    "assemblyai": "A",
    "aws": "spk_0",
    "gong": "7",
    "fireflies": "Ann",
    "a bare list": "Ann",
    "milliseconds by name": "Ann",
}


@pytest.mark.parametrize("name", EXPORTS)
def test_common_exports_are_read(name: str):
    assert segments_of(parse_json(json.dumps(EXPORTS[name]), ZONE)) == [(SPEAKERS.get(name, ""), "Hi.", 1.0, 2.0)]


def test_words_are_kept_only_where_they_spell_their_segment():
    hi = {"word": " Hi", "start": 1, "end": 1.2, "probability": 0.5}
    good = {"text": " Hi you.", "start": 1, "end": 2, "words": [hi, {"word": " you.", "start": 1.2, "end": 2}]}
    bad = {**good, "text": "Something else."}
    (transcript,) = parse_json(json.dumps([good, bad]), ZONE)
    assert [[word.text for word in turn.words] for turn in transcript.turns] == [[" Hi", " you."], []]
    assert transcript.turns[0].words[0].probability == 0.5


def test_impossible_times_cost_the_time_but_not_the_words(tmp_path: Path):
    path = tmp_path / "call.json"
    path.write_text(
        '[{"text": "a", "start": NaN, "end": 1}, {"text": "b", "start": -3, "end": 1}, {"text": "c", "start": 5}]'
    )
    conversation, failure = sources.read(path, SETTINGS)
    assert isinstance(conversation, Conversation)
    assert [(s.text, s.start_s, s.end_s) for s in conversation.segments] == [
        ("a", None, None),
        ("b", None, None),
        ("c", 5.0, 5.0),
    ]
    assert isinstance(failure, Failure)
    assert failure.reason == "2 of 3 turns have impossible times; their words were kept."


def test_times_beyond_a_day_ask_whether_they_are_milliseconds():
    (transcript,) = parse_json('[{"text": "a", "start": 1000, "end": 95000000}]', ZONE)
    with pytest.raises(SourceError, match='"time_unit": "ms"'):
        to_conversation(transcript, "id", "x")


# CSV and plain text


def test_csv_rows_with_clock_times_are_a_conversation():
    text = 'speaker,start,end,text\nDana,00:01:02,00:01:03.5,Hi\nTom,63.5,64,"Hi, all"\n'
    assert segments_of(parse_csv(text, ZONE)) == [("Dana", "Hi", 62.0, 63.5), ("Tom", "Hi, all", 63.5, 64.0)]


def test_csv_of_a_european_spreadsheet_is_split_at_semicolons():
    assert segments_of(parse_csv("Speaker;Text\nDana;Hi, Tom\n", ZONE)) == [("Dana", "Hi, Tom", None, None)]


def test_unquoted_commas_in_the_last_column_stay_in_the_text():
    assert segments_of(parse_csv("speaker,text\nDana,Hi, Tom, how are you\n", ZONE))[0][1] == "Hi, Tom, how are you"


def test_csv_with_conversation_ids_holds_several_each_known_by_its_own_rows(tmp_path: Path):
    path = tmp_path / "month.csv"
    path.write_text("conversation_id,speaker,text\nA,Dana,Hi\nB,Tom,Yes\nA,Tom,Hello\n")
    before = [found for found in sources.read(path, SETTINGS) if isinstance(found, Conversation)]
    assert [len(conversation.segments) for conversation in before] == [2, 1]
    assert before[0].source == f"{path}#A"
    with path.open("a") as file:
        file.write("C,Dana,More\n")
    after = [found for found in sources.read(path, SETTINGS) if isinstance(found, Conversation)]
    assert [conversation.id for conversation in after[:2]] == [conversation.id for conversation in before]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dana: Hi\nTom: Hello", [("Dana", "Hi", None, None), ("Tom", "Hello", None, None)]),
        ("[00:00:01] Dana: Hi\n[00:00:04] Tom: Yes", [("Dana", "Hi", 1.0, 4.0), ("Tom", "Yes", 4.0, 4.0)]),
        ("Dana Whitmore  0:03\nHi there.\n\nTom  0:05\nHello.", [
            ("Dana Whitmore", "Hi there.", 3.0, 5.0), ("Tom", "Hello.", 5.0, 5.0)]),
        ("Dana (00:03): Hi\nTom (00:04): Yo", [("Dana", "Hi", 3.0, 4.0), ("Tom", "Yo", 4.0, 4.0)]),
        ("Call of Tuesday\n\nDana: Hi\nand welcome\nTom: Yes", [
            ("Dana", "Hi and welcome", None, None), ("Tom", "Yes", None, None)]),
    ],
    ids=["names", "clock first", "name and clock above", "clock behind the name", "title and wrapped lines"],
)  # fmt: skip
def test_plain_text_is_read_by_its_names(text: str, expected: list[tuple[str, str, float | None, float | None]]):
    assert segments_of(parse_txt(text, ZONE)) == expected


def test_prose_is_no_transcript():
    text = "\n".join(["We met on Tuesday.", "They liked it.", "Price: high.", "Nothing else was said.", "Bye."])
    with pytest.raises(SourceError, match="no lines like 'Name: text'"):
        parse_txt(text, ZONE)


# Times


@given(st.integers(0, 86_399_999))
def test_clock_times_are_read_to_the_millisecond(ms: int):
    assert parse_time(stamp(ms / 1000)) == pytest.approx(ms / 1000)


@given(st.text() | st.floats() | st.integers() | st.none() | st.booleans())
def test_whatever_is_given_as_a_time_is_a_finite_number_or_none(value: object):
    seconds = parse_time(value)
    assert seconds is None or abs(seconds) <= 1e15
    moment = parse_moment(value, ZONE)
    assert moment is None or moment.tzinfo is UTC


optional_times = st.none() | st.floats(-5, 90_000)


@given(st.lists(st.tuples(optional_times, optional_times), max_size=30))
def test_segments_are_ordered_and_none_ends_before_it_starts(times: list[tuple[float | None, float | None]]):
    turns = tuple(Turn("Dana", "Hi", start_s, end_s) for start_s, end_s in times)
    latest_s = max((time for pair in times for time in pair if time is not None), default=0)
    if not turns or latest_s > 86_400:
        return
    segments = to_conversation(Transcript(turns), "id", "x").segments
    starts = [segment.start_s for segment in segments if segment.start_s is not None]
    assert len(segments) == len(turns)
    assert starts == sorted(starts)
    assert all(s.end_s is not None and s.start_s <= s.end_s for s in segments if s.start_s is not None)


# Who a file is


@given(st.binary(min_size=1, max_size=200))
def test_the_same_bytes_are_the_same_file_wherever_they_lie(tmp_path_factory: pytest.TempPathFactory, data: bytes):
    folder = tmp_path_factory.mktemp("moved")
    (folder / "a.wav").write_bytes(data)
    first = sources.identify(folder / "a.wav")
    (folder / "a.wav").rename(folder / "b.mp3")
    (folder / "c.wav").write_bytes(data + b"x")
    assert sources.identify(folder / "b.mp3") == first
    assert sources.identify(folder / "c.wav") != first


def test_a_moved_transcript_is_the_same_conversation(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("Dana: Hi\nTom: Yes\n")
    before = read_one(path)
    path.rename(tmp_path / "b.txt")
    after = read_one(tmp_path / "b.txt")
    assert before.id == after.id == sources.identify(tmp_path / "b.txt")


def test_discovery_is_sorted_takes_each_file_once_and_leaves_side_tables_out(tmp_path: Path):
    for name in ("b.vtt", "sub/a.wav", "calls.csv", "Deals.csv", ".hidden.txt", ".git/x.txt", "notes.pdf", "UP.WAV"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "again.wav").symlink_to(tmp_path / "sub" / "a.wav")
    found = sources.discover([tmp_path, tmp_path / "b.vtt", tmp_path / "notes.pdf"])
    names = [str(path.relative_to(tmp_path)) for path in found]
    assert names == sorted(names)
    assert set(names) in ({"UP.WAV", "b.vtt", "notes.pdf", "sub/a.wav"}, {"UP.WAV", "again.wav", "b.vtt", "notes.pdf"})


def test_a_path_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(UsageError, match="No file or folder"):
        sources.discover([tmp_path / "nowhere"])


def test_a_sound_file_is_a_recording_known_by_its_bytes(tmp_path: Path):
    path = write_wav(tmp_path / "a.wav")
    assert list(sources.read(path, SETTINGS)) == [Recording(sources.identify(path), str(path), 0.0, 0)]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("a.txt", "utf-8"), ("b.txt", "utf-8-sig"), ("c.txt", "utf-16"), ("d.txt", "cp1252")],
)
def test_old_encodings_are_read(tmp_path: Path, name: str, encoding: str):
    words = "Is it “good” for Zoë’s café? " * 5
    (tmp_path / name).write_bytes(f"Dana: {words}\r\nZoë: Très bien, déjà vu à Genève.\r\n".encode(encoding))
    first, second = read_one(tmp_path / name).segments
    assert (first.text, second.speaker) == (words.strip(), "Zoë")


def test_captions_are_known_by_their_first_line_whatever_their_name(tmp_path: Path):
    path = tmp_path / "zoom.txt"
    path.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hello</v>\n")
    assert read_one(path).segments == (Segment("Ann", "Hello", 1.0, 2.0),)


# Bad files


def make_zip(path: Path, inner: str) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inner, "x")
    return path.read_bytes()


BAD = {
    "empty.vtt": (b"", "is empty"),
    "blank.txt": (b" \n\n", "white space only"),
    "scan.pdf": (b"%PDF-1.7 ...", "is a PDF"),
    "locked.txt": (b"%PDF-1.7 /Encrypt", "password-protected PDF"),
    "old.txt": (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "password-protected Office"),
    "text.mp3": (b"Dana: Hi\nTom: Hello\n", "is text named '.mp3'"),
    "page.wav": (b"<!DOCTYPE html><html>Sign in", "is a web page"),
    "song.txt": (b"RIFF\0\0\0\0WAVEfmt ", "is a WAV sound file named '.txt'"),
    "voice.eml": (b"ID3\x04\0\0\0\0", "is an MP3 sound file named '.eml'"),
    "noise.txt": (bytes(range(256)) * 9, "binary data"),
    "torn.csv": (b"\xff\xfeS\0p\0e", "UTF-16"),
    "secret.txt": (b"-----BEGIN PGP MESSAGE-----", "encrypted"),
    "other.json": (b'{"scripts": {"build": "make"}}', "is JSON without a transcript"),
    "broken.json": (b'{"segments": [', "is no valid JSON"),
    "deep.json": (b"[" * 100_000, "nested too deeply"),
    "number.json": (b"[" + b"9" * 5000 + b"]", "number too long"),
    "many.json": (b"[" + b"[]," * 2_000_001 + b"1]", "too many for a transcript"),
    "sheet.csv": (b"name,price\nx,1\n", "has the columns 'name,price'"),
    "wide.csv": (b"text\n" + b"x" * 200_000, "is no readable CSV"),
    "silent.vtt": (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\n", "holds no spoken words"),
    "header.vtt": (b"WEBVTT\n\n", "holds no cues"),
    "other.vtt": (b"subtitles --> here", "first line must begin with WEBVTT"),
    "other.srt": (b"subtitles --> here", "is no SubRip"),
    "long.txt": (b"Dana: " + b"x" * 200_000 + b"\nTom: Hi", "one turn has 200,000 characters"),
    "archive.tar": (b"x" * 20, "unsupported suffix '.tar'"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_clear_line(tmp_path: Path, name: str):
    """The line begins with the path and says what is wrong."""
    data, reason = BAD[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        list(sources.read(path, SETTINGS))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert reason in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("inner", "reason"),
    [("word/document.xml", "a Word document"), ("xl/workbook.xml", "an Excel workbook"), ("a.wav", "a ZIP archive")],
)
def test_documents_and_archives_are_named(tmp_path: Path, inner: str, reason: str):
    path = tmp_path / "call.txt"
    path.write_bytes(make_zip(tmp_path / "x.zip", inner))
    with pytest.raises(SourceError, match=reason):
        list(sources.read(path, SETTINGS))


def test_a_locked_archive_is_named(tmp_path: Path):
    data = bytearray(make_zip(tmp_path / "x.zip", "a.wav"))
    data[6] |= 1  # the flag that says: encrypted
    (tmp_path / "call.wav").write_bytes(data)
    with pytest.raises(SourceError, match="password-protected ZIP"):
        list(sources.read(tmp_path / "call.wav", SETTINGS))


def test_a_pipe_is_never_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(SourceError, match="is not a file"):
        list(sources.read(tmp_path / "a.txt", SETTINGS))
    assert sources.discover([tmp_path]) == ()


def test_a_file_too_large_is_refused_unread(tmp_path: Path):
    path = tmp_path / "big.txt"
    path.write_text("Dana: Hi\n")
    os.truncate(path, 60 * 2**20)
    with pytest.raises(SourceError, match="may have 52,428,800"):
        list(sources.read(path, SETTINGS))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cues.vtt", b"WEBVTT\n\n" + b"00:01.000 --> 00:02.000\nx\n\n" * 100_001),
        ("digits.srt", b"1\n00:00:01,000 --> 00:00:02,000\n" + b"1" * 1_000_000),
        ("tags.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<v " * 500_000),
        ("blank.srt", b"1\n00:00:01,000 --> 00:00:02,000\nx\n" + b"\n \n" * 500_000),
        ("colons.txt", b"A:\n" * 200_000),
        ("names.txt", b"Ab " * 500_000 + b": x"),
        ("clocks.txt", b"[00:01 " * 300_000),
        ("lines.txt", b"A: b\n" + b"and so on\n" * 200_000),
        ("quotes.csv", b"speaker,text\n" + b'"' * 100_000),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_text_takes_bounded_time(tmp_path: Path, name: str, data: bytes):
    path = tmp_path / name
    path.write_bytes(data)
    began_s = time.process_time()
    with pytest.raises(SourceError):
        found = list(sources.read(path, SETTINGS))
        raise SourceError(f"was read: {len(found)}")  # read or refused: either is fine, hanging is not
    assert time.process_time() - began_s < 60  # 3 on a free machine; what hangs takes minutes


# Mail


def make_mail(attachment: bytes, *, filename: str = "voicemail.wav", subtype: str = "wav") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Tom Brannigan <tom@kestrel.example>"
    mail["To"] = "sales@ours.example"
    mail["Subject"] = "My message"
    mail["Date"] = "Tue, 06 Oct 2026 10:00:00 -0400"
    mail.set_content("Please listen to this.")
    mail.add_attachment(attachment, maintype="audio", subtype=subtype, filename=filename)
    return mail


def test_a_voicemail_in_a_mail_is_a_recording_with_the_mails_date_and_sender(tmp_path: Path):
    settings = Settings(store=tmp_path / "store")
    sound = write_wav(tmp_path / "x.wav").read_bytes()
    (tmp_path / "a.eml").write_bytes(bytes(make_mail(sound, filename="../../evil.wav")))
    mail, attached = sources.read(tmp_path / "a.eml", settings)
    assert isinstance(mail, Conversation)
    assert isinstance(attached, sources.Attached)
    kept = Path(attached.recording.path)
    assert kept.parent == tmp_path / "store" / "attachments"
    assert kept.read_bytes() == sound
    assert sources.identify(kept) == attached.recording.id == attached.conversation.id == kept.stem
    assert attached.conversation.kind == "voicemail"
    assert attached.conversation.started_at == datetime(2026, 10, 6, 14, tzinfo=UTC) == attached.recording.started_at
    assert attached.conversation.participants[0].email == "tom@kestrel.example"
    assert attached.conversation.thread_id == mail.thread_id
    assert list(sources.read(tmp_path / "a.eml", settings)) == [mail, attached]


def test_an_attachment_that_is_no_sound_is_told_of_and_the_mail_is_read(tmp_path: Path):
    (tmp_path / "a.eml").write_bytes(bytes(make_mail(b"Dana: this is only text")))
    mail, failure = sources.read(tmp_path / "a.eml", Settings(store=tmp_path / "store"))
    assert isinstance(mail, Conversation)
    assert isinstance(failure, Failure)
    assert "is none" in failure.reason
    assert not (tmp_path / "store").exists()


def test_each_mail_of_a_mailbox_is_a_conversation(tmp_path: Path):
    sound = write_wav(tmp_path / "x.wav").read_bytes()
    message = bytes(make_mail(sound))
    postmark = b"From tom@kestrel.example Tue Oct  6 10:00:00 2026\n"
    (tmp_path / "box.mbox").write_bytes(postmark + message + b"\n" + postmark + message.replace(b"My", b"Your"))
    found = list(sources.read(tmp_path / "box.mbox", Settings(store=tmp_path / "store")))
    assert [type(item).__name__ for item in found] == ["Conversation", "Attached"] * 2
    assert found[0] != found[2]
