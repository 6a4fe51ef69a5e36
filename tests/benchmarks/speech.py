"""Words, speakers and invented words of the recogniser, as the Markdown tables of docs/benchmarks.md.

    python tests/benchmarks/speech.py ../shared/data --work /tmp/speech
    python tests/benchmarks/speech.py ../shared/data --table words --model whisper-tiny.en

The folder holds `dev_calls.jsonl` (turns of two telephone calls) beside audio/calls/ID.{stereo,mono}.wav, and
`dev_audio.jsonl` (id, audio, source, text, rttm). Short prompts are joined with pauses into recordings of five minutes.
Every line of a table is scored as `insights evaluate calls` scores it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests/sounds.py

from sounds import RATE_HZ, make_sounds

from insights.config import Settings
from insights.evaluate import evaluate

Row = dict[str, Any]

SAMPLES = Path(__file__).parents[2] / "sample_calls"
PAUSE_S = 1.5
JOINED_S = 300.0
WORDLESS_S = 600.0
WORD_SCORES = ("wer", "wer.left", "wer.right", "wer.merged", "words_flagged", "words_invented", "speed", "peak_mb")
SPEAKER_SCORES = ("der", "der.missed", "der.false", "der.confused", "word_speaker_error", "speakers_right",
                  "role_accuracy", "role_wrong", "role_unknown")  # fmt: skip


def read_calls(folder: Path, kind: str) -> list[Row]:
    """The telephone calls with their turns; `kind` is stereo or mono."""
    calls: dict[str, list[Row]] = {}
    for line in (folder / "dev_calls.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        calls.setdefault(row["conversation_id"], []).append(
            {key: row[key] for key in ("speaker", "start", "end", "text")}
        )
    return [
        {"conversation_id": name, "audio": str(folder / "audio" / "calls" / f"{name}.{kind}.wav"), "turns": turns}
        for name, turns in calls.items()
    ]


def read_clips(folder: Path) -> list[Row]:
    """What the development recordings are and where."""
    rows = [json.loads(line) for line in (folder / "dev_audio.jsonl").read_text(encoding="utf-8").splitlines()]
    return [{**row, "audio": str(folder / row["audio"])} for row in rows]


def join_prompts(clips: list[Row], into: Path) -> list[Row]:
    """Short telephone prompts, joined with pauses."""
    prompts = [clip for clip in clips if clip["source"].startswith("asterisk") and clip["text"]]
    rows: list[Row] = []
    sound, turns = bytearray(), list[Row]()
    for prompt in prompts:
        with wave.open(prompt["audio"]) as file:
            rate, frames = file.getframerate(), file.readframes(file.getnframes())
        start_s = len(sound) / 2 / rate
        turns.append(
            {"speaker": "rep", "start": start_s, "end": start_s + len(frames) / 2 / rate, "text": prompt["text"]}
        )
        sound += frames + bytes(2 * int(PAUSE_S * rate))
        if len(sound) > 2 * rate * JOINED_S or prompt is prompts[-1]:
            path = into / f"prompts-{len(rows)}.wav"
            write_wav(path, np.frombuffer(bytes(sound), np.int16), rate)
            rows.append({"conversation_id": path.stem, "audio": str(path), "turns": turns})
            sound, turns = bytearray(), []
    return rows


def read_reading(clips: list[Row]) -> list[Row]:
    """Read speech of 16 kHz and more, one voice a recording."""
    read = [clip for clip in clips if clip["text"] and not clip["source"].startswith("asterisk")]
    return [one_turn(clip) for clip in read if Path(clip["audio"]).exists()]


def one_turn(clip: Row) -> Row:
    turn = {"speaker": "rep", "start": 0, "end": length_s(clip["audio"]), "text": clip["text"]}
    return {"conversation_id": clip["id"], "audio": clip["audio"], "turns": [turn]}


def length_s(path: str) -> float:
    """Seconds of a sound file."""
    with av.open(path) as container:
        return float(container.duration or 0) / av.time_base


def read_meeting(clips: list[Row]) -> list[Row]:
    """Recordings with speakers' times (RTTM) and no words."""
    found = [(clip, Path(clip["audio"]).with_suffix(".rttm")) for clip in clips if clip.get("rttm")]
    return [
        {"conversation_id": clip["id"], "audio": clip["audio"], "turns": list(read_rttm(rttm))} for clip, rttm in found
    ]


def read_rttm(path: Path) -> Iterator[Row]:
    for line in path.read_text().splitlines():
        fields = line.split()
        start_s, length = float(fields[3]), float(fields[4])
        yield {"speaker": fields[7], "start": start_s, "end": start_s + length}


def read_samples() -> list[Row]:
    """The sample calls with their gold turns."""
    lines = (SAMPLES / "gold" / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [{**row, "audio": str((SAMPLES / "gold" / row["audio"]).resolve())} for row in rows]


def mix_down(rows: list[Row], into: Path) -> list[Row]:
    """The same recordings with all channels in one."""
    return [{**row, "audio": str(mix_file(Path(row["audio"]), into))} for row in rows]


def mix_file(path: Path, into: Path) -> Path:
    target = into / f"{path.stem}.mixed.wav"
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        resampler = av.AudioResampler(format="s16p", rate=rate)
        blocks = [
            block.to_ndarray().astype(np.float32).mean(axis=0)
            for frame in container.decode(audio=0)
            for block in resampler.resample(frame)
        ]
    write_wav(target, np.concatenate(blocks).astype(np.int16), rate)
    return target


def write_wav(path: Path, samples: np.ndarray[Any, np.dtype[np.int16]], rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())


def make_wordless(into: Path) -> list[Row]:
    """Ten minutes of silence, noise, music and tones: nobody says a word."""
    rows = []
    for name, samples in make_sounds(WORDLESS_S).items():
        path = into / f"wordless-{name}.wav"
        write_wav(path, np.clip(samples * 32767, -32768, 32767).astype(np.int16), RATE_HZ)
        rows.append({"conversation_id": path.stem, "audio": str(path), "turns": []})
    return rows


def score(rows: list[Row], settings: Settings, into: Path) -> dict[str, float | int | None]:
    """As `insights evaluate calls` would."""
    file = into / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return evaluate("calls", file, settings=settings)


def line_of(name: str, scores: dict[str, float | int | None], wanted: tuple[str, ...]) -> str:
    cells = [show(key, scores.get(key)) for key in wanted]
    return f"| {name} | {scores['rows']} | {scores['words']} | {' | '.join(cells)} |"


def show(name: str, value: float | int | None) -> str:
    """Counts, megabytes and speeds as they are, shares in per cent."""
    if value is None:
        return ""
    if name.startswith("words_") or name == "peak_mb":
        return f"{value:,.0f}"
    return f"{value:.1f}" if name == "speed" else f"{100 * value:.1f} %"


def print_table(sets: dict[str, list[Row]], settings: Settings, wanted: tuple[str, ...], into: Path) -> None:
    """One line a set of recordings."""
    again = "doubtful speech heard again" if settings.hear_again else "heard once"
    print(f"\n{settings.speech_model}, {again}\n\n| recordings | n | words | {' | '.join(wanted)} |")
    print("|---|" + "---|" * (len(wanted) + 2))
    for name, rows in sets.items():
        if rows:
            print(line_of(name, score(rows, settings, into), wanted), flush=True)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--table", choices=("words", "speakers", "wordless", "samples"), action="append")
    parser.add_argument("--model", action="append")
    parser.add_argument("--again", action="store_true", help="hear doubtful speech again")
    parser.add_argument("--work", type=Path, help="where joined recordings are kept")
    chosen = parser.parse_args()
    work = chosen.work or Path(tempfile.mkdtemp())
    work.mkdir(parents=True, exist_ok=True)
    clips = read_clips(chosen.folder)
    tables = {
        "words": (
            {
                "telephone calls, two channels": read_calls(chosen.folder, "stereo"),
                "telephone calls, one channel": read_calls(chosen.folder, "mono"),
                "telephone prompts": join_prompts(clips, work),
                "read speech": read_reading(clips),
            },
            WORD_SCORES,
        ),
        "speakers": (
            {
                "telephone calls, one channel": read_calls(chosen.folder, "mono"),
                "meeting, 30 s": read_meeting(clips),
                "sample calls, mixed to one channel": mix_down(read_samples(), work),
            },
            SPEAKER_SCORES,
        ),
        "wordless": ({"ten minutes without a word": make_wordless(work)}, ("words_flagged", "words_invented")),
        "samples": ({"sample calls": read_samples()}, (*WORD_SCORES, *SPEAKER_SCORES)),
    }
    for model in chosen.model or ["whisper-base"]:
        settings = Settings(speech_model=model, hear_again=chosen.again)
        for name in chosen.table or tables:
            print_table(*tables[name][:1], settings, tables[name][1], work)


if __name__ == "__main__":
    main()
