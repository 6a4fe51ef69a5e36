"""What the vocabulary does: planted names heard right, and what it costs all other words, as a Markdown table.

    python tests/benchmarks/vocabulary/measure.py RECORDINGS --data ../shared/data

RECORDINGS is the folder that speak.py fills; `--data` adds real telephone sound that holds none of the names. Each
recording is heard twice, without and with the names told to the recogniser, and each transcript is scored as it is and
with the names put right after. A name counts as right if it stands where it was said, spelt as in vocabulary.txt,
capitals aside; errors of other words are those of no name's place, after Whisper's normaliser.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import jiwer

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))

from speech import Row, join_prompts, read_calls, read_clips  # noqa: E402

from insights.evaluate.speech import normalise  # noqa: E402
from insights.transcripts import Recogniser, TranscribeOptions, load_whisper, transcribe  # noqa: E402
from insights.transcripts.vocabulary import count_corrections, spell_names  # noqa: E402
from insights.types import NOT_READ, Recording, Segment  # noqa: E402

MARK = "zq"  # begins the word that stands for a name while texts are compared
LETTERS = str.maketrans("0123456789", "abcdefghij")  # the normaliser would part letters and digits
SETTINGS = ("without", "corrected", "told", "told and corrected")


class Clip(NamedTuple):
    """A recording and what is said in it."""

    group: str
    audio: Path
    text: str


@dataclass(slots=True)
class Score:
    """Counts over the recordings of one group."""

    n_names: int = 0  # said
    n_right: int = 0
    n_false: int = 0  # names written where nobody said them
    n_changed: int = 0  # corrections
    n_words: int = 0  # other than names
    n_errors: int = 0  # in these

    def add(self, gold: str, heard: str, names: Sequence[str]) -> None:
        """Align the two texts, each name as one word."""
        aligned = jiwer.process_words(normalise(mark(gold, names)), normalise(mark(heard, names)))
        truth, guess = aligned.references[0], aligned.hypotheses[0]
        for is_equal, run in groupby(aligned.alignments[0], key=lambda chunk: chunk.type == "equal"):
            chunks = list(run)
            said = truth[chunks[0].ref_start_idx : chunks[-1].ref_end_idx]
            written = guess[chunks[0].hyp_start_idx : chunks[-1].hyp_end_idx]
            others = [word for word in said if not word.startswith(MARK)]
            self.n_names += len(said) - len(others)
            self.n_words += len(others)
            if is_equal:
                self.n_right += len(said) - len(others)
                continue
            self.n_false += sum(word.startswith(MARK) for word in written)
            # What stands in the place of a name is the name misheard, in however many words.
            self.n_errors += len(others) if len(others) < len(said) else sum(map(count_edits, chunks))


def count_edits(chunk: jiwer.AlignmentChunk) -> int:
    return max(chunk.ref_end_idx - chunk.ref_start_idx, chunk.hyp_end_idx - chunk.hyp_start_idx)


def mark(text: str, names: Sequence[str]) -> str:
    """The text with a made-up word in place of each name."""
    for place, name in enumerate(names):
        word = MARK + f"{place:03}".translate(LETTERS)
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", word, text, flags=re.IGNORECASE)
    return text


def read_names() -> tuple[str, ...]:
    lines = (HERE / "vocabulary.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def read_spoken(folder: Path) -> Iterator[Clip]:
    """What speak.py made."""
    for line in (folder / "recordings.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        kind = "with names" if row["named"] else "like names"
        yield Clip(f"spoken, {kind}, {row['half']} half", folder / row["audio"], row["text"])


def read_real(folder: Path, work: Path) -> Iterator[Clip]:
    """Telephone sound without any of the names."""
    yield from (one_clip("telephone calls, one channel", row) for row in read_calls(folder, "mono"))
    yield from (one_clip("telephone prompts", row) for row in join_prompts(read_clips(folder), work))


def one_clip(group: str, row: Row) -> Clip:
    turns = sorted(row["turns"], key=lambda turn: turn["start"])
    return Clip(group, Path(row["audio"]), " ".join(turn["text"] for turn in turns))


def hear(clip: Clip, options: TranscribeOptions, recogniser: Recogniser) -> tuple[tuple[Segment, ...], str]:
    """The segments as recognised, and the language."""
    transcript = transcribe(Recording("", str(clip.audio), 0.0, 1), options, recogniser)
    return spell_names(transcript.segments, transcript.language, ()), transcript.language


def text_of(segments: Sequence[Segment]) -> str:
    return " ".join(segment.text for segment in segments if not NOT_READ.intersection(segment.flags))


def show_changes(clip: Clip, setting: str, segments: Sequence[Segment]) -> None:
    for word in (word for segment in segments for word in segment.words if word.heard):
        print(f"{setting}, {clip.audio.name}: {word.heard!r} -> {word.text.strip()!r}", file=sys.stderr, flush=True)


def print_table(scores: dict[str, dict[str, Score]]) -> None:
    print("| recordings | names | names right | names nobody said | changed | other words | WER of other words |")
    print("|---|---|---|---|---|---|---|")
    for group, by_setting in scores.items():
        for setting, score in by_setting.items():
            right = f"{score.n_right} of {score.n_names} ({score.n_right / score.n_names:.0%})" if score.n_names else ""
            rate = f"{100 * score.n_errors / score.n_words:.1f} %"
            cells = (group, setting, right, score.n_false, score.n_changed, f"{score.n_words:,}", rate)
            print(f"| {' | '.join(map(str, cells))} |")


def main() -> None:
    """Hear, put right, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--data", type=Path, help="a folder with dev_calls.jsonl and dev_audio.jsonl")
    parser.add_argument("--model", default="whisper-base")
    parser.add_argument("--show", action="store_true", help="list every change on the error output")
    chosen = parser.parse_args()
    names = read_names()
    clips = list(read_spoken(chosen.recordings))
    if chosen.data:
        clips += read_real(chosen.data, Path(tempfile.mkdtemp()))
    scores: dict[str, dict[str, Score]] = defaultdict(lambda: {setting: Score() for setting in SETTINGS})
    for told in (False, True):
        options = TranscribeOptions(model=chosen.model, vocabulary=names, vocabulary_hints=told)
        recogniser = load_whisper(options)
        for clip in clips:
            recognised, language = hear(clip, options, recogniser)
            spelled = spell_names(recognised, language, names)
            for setting, segments in zip(SETTINGS[2 * told :], (recognised, spelled), strict=False):
                score = scores[clip.group][setting]
                score.add(clip.text, text_of(segments), names)
                score.n_changed += count_corrections(segments)
                if chosen.show:
                    show_changes(clip, setting, segments)
    print_table(scores)


if __name__ == "__main__":
    main()
