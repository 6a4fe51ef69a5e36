"""The vocabulary: names that were almost heard are put right, all else stays, and each change is on record."""

from __future__ import annotations

import doctest
import importlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_transcripts import FakeWhisper, silence, tone, write_wav

from insights.config import Settings, load_settings, read_vocabulary
from insights.errors import UsageError
from insights.outputs.findings import find_corrections
from insights.pipeline.expecting import names_expected, spell_anew, with_names, without_names
from insights.store import Store
from insights.transcripts import TranscribeOptions, transcribe
from insights.transcripts.vocabulary import (
    Entry,
    correct,
    count_corrections,
    hints_of,
    parse,
    restore,
    spell_names,
)
from insights.transcripts.vocabulary.entries import Form
from insights.transcripts.vocabulary.hints import MAX_CHARS
from insights.transcripts.vocabulary.likeness import likeness, likeness_needed, parts_of
from insights.transcripts.vocabulary.ordinary import is_ordinary
from insights.transcripts.vocabulary.sounds import letters_of, sound_of
from insights.types import FOREIGN, SUSPECT, Conversation, Recording, Segment, Signal, Utterance, Word

LINES = ("Kestralis", "SAML", "Brightwell Ledger", "Okta", "SOC 2", "Anneke Vos", "Zapier", "HP")
ENTRIES = parse(LINES)
SURE, UNSURE = 0.95, 0.5


def words_of(text: str, probability: float = SURE) -> tuple[Word, ...]:
    return tuple(Word(f" {word}", 0.5 * at, 0.5 * at + 0.4, probability) for at, word in enumerate(text.split()))


def segment_of(words: Sequence[Word], **fields: object) -> Segment:
    text = "".join(word.text for word in words).strip()
    return Segment("left", text, words[0].start_s, words[-1].end_s, words=tuple(words), **fields)  # type: ignore[arg-type]


def said(text: str, probability: float = SURE, **fields: object) -> Segment:
    return segment_of(words_of(text, probability), **fields)


def corrected(text: str, probability: float = SURE, entries: Sequence[Entry] = ENTRIES) -> str:
    return correct([said(text, probability)], entries)[0].text


# --- the lines of a vocabulary


def test_an_entry_has_its_name_and_all_that_it_may_sound_like() -> None:
    (entry,) = parse(("Kestralis: kes trellis, castrallis",))
    assert entry.text == "Kestralis"
    assert [form.letters for form in entry.forms] == ["kestralis", "kestrellis", "castrallis"]


def test_each_name_is_taken_once_as_it_was_first_written() -> None:
    assert [entry.text for entry in parse(("HubSpot", "hubspot", "Data   Dog", "Data Dog"))] == ["HubSpot", "Data Dog"]


@pytest.mark.parametrize("line", ["", "   ", ":", "...", " : , "])
def test_a_line_without_a_letter_is_no_entry(line: str) -> None:
    assert parse((line,)) == ()


def test_what_is_no_spelling_is_passed_over() -> None:
    assert parse(("SOC 2: , soctwo,, ...",)) == parse(("SOC 2",))


def test_a_vocabulary_file_has_comments_empty_lines_and_names_with_marks(tmp_path: Path) -> None:
    file = tmp_path / "vocabulary.txt"
    file.write_text("# ours\n\nKestralis: kes trellis  # the product\nC#\n", "utf-8")
    assert read_vocabulary(file) == ("Kestralis: kes trellis", "C#")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Kestralis\n: kes trellis\n", "line 2"),
        ("Kestralis: kes trellis,\n", "lacks a name or a spelling"),
        ("---\n", "lacks a name or a spelling"),
        ("K" * 500 + "\n", "letters; a name may have"),
        ("Kes\x07tralis\n", "cannot be printed"),
        ("Name\n" * 60_000, "has more than"),
    ],
)
def test_a_malformed_vocabulary_is_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "vocabulary.txt"
    file.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=reason):
        read_vocabulary(file)


def test_a_vocabulary_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No vocabulary file"):
        read_vocabulary(tmp_path / "none.txt")
    (tmp_path / "latin.txt").write_bytes("Müller".encode("latin-1"))
    with pytest.raises(UsageError, match="not UTF-8"):
        read_vocabulary(tmp_path / "latin.txt")


def test_the_vocabulary_beside_the_settings_is_added_to_theirs(tmp_path: Path) -> None:
    (tmp_path / "insights.toml").write_text('vocabulary = ["Okta"]\nnames = ["JobWren", "Okta"]\n', "utf-8")
    (tmp_path / "vocabulary.txt").write_text("Kestralis\nOkta\n", "utf-8")
    settings = load_settings(tmp_path / "insights.toml")
    assert settings.vocabulary == ("Okta", "Kestralis")
    assert names_expected(settings) == ("Okta", "Kestralis", "JobWren")


# --- names told to the recogniser


def test_hints_are_the_first_names_without_their_spellings() -> None:
    assert hints_of(("Kestralis: kes trellis", "Okta")) == ("Kestralis", "Okta")
    assert hints_of(()) == ()


@given(st.lists(st.from_regex(r"[A-Z][a-z]{1,30}", fullmatch=True), max_size=60))
def test_hints_never_outgrow_the_recogniser(names: list[str]) -> None:
    hints = hints_of(tuple(names))
    assert len(", ".join(hints)) <= MAX_CHARS
    assert hints == tuple(entry.text for entry in parse(tuple(names)))[: len(hints)]


# --- likeness


@pytest.mark.parametrize("module", ["correct", "likeness", "ordinary", "sounds"])
def test_the_examples_in_the_docstrings_hold(module: str) -> None:
    tested = doctest.testmod(importlib.import_module(f"insights.transcripts.vocabulary.{module}"))
    assert tested.failed == 0


@given(st.text(max_size=20), st.sampled_from(ENTRIES), st.floats(0, 1))
def test_likeness_is_a_share_and_nothing_below_what_is_asked(text: str, entry: Entry, at_least: float) -> None:
    found = likeness(Form(letters_of(text), sound_of(text)), entry, at_least)
    assert found == 0.0 or at_least <= found <= 1.0


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.text)
def test_a_name_is_wholly_like_itself_and_most_like_itself(entry: Entry) -> None:
    likes = {other.text: likeness(entry.forms[0], other) for other in ENTRIES}
    assert likes[entry.text] == 1.0
    assert [name for name, like in likes.items() if like == 1.0] == [entry.text]


def test_a_spelling_that_sounds_like_the_name_is_liker_than_one_that_does_not() -> None:
    (okta,) = parse(("Okta",))
    octa, opta = (likeness(Form(letters_of(text), sound_of(text)), okta) for text in ("Octa", "Opta"))
    assert octa > opta


def test_the_surer_and_the_more_ordinary_the_words_the_liker_they_must_be() -> None:
    for sureness in (0.0, 0.3, 0.6):
        assert likeness_needed(sureness, ordinary=False) < likeness_needed(sureness, ordinary=True)
        for ordinary in (False, True):
            assert likeness_needed(sureness, ordinary) < likeness_needed(sureness + 0.3, ordinary)
    assert likeness_needed(0.84, ordinary=True) > 1.0  # nothing is as like as that
    assert likeness_needed(1.0, ordinary=False) < 1.0


@given(st.text(max_size=30))
def test_marks_letters_and_marks_make_the_text(text: str) -> None:
    lead, inner, tail = parts_of(text)
    assert (lead + inner + tail).split() == text.split()


# --- what is put right


@pytest.mark.parametrize(
    ("heard", "probability", "written"),
    [
        ("We use Kestrelis now.", SURE, "We use Kestralis now."),
        ("We use kes trellis, now.", UNSURE, "We use Kestralis, now."),
        ("Ask Inna Kavos today.", UNSURE, "Ask Anneke Vos today."),
        ("The bright well ledger is full.", UNSURE, "The Brightwell Ledger is full."),
        ("Do you have SOC2?", SURE, "Do you have SOC 2?"),
        ("Do you have soc two?", UNSURE, "Do you have SOC 2?"),
        ("Our “Kestrelis's” price", SURE, "Our “Kestralis's” price"),
        ("With OKTA, it works.", SURE, "With Okta, it works."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_name_that_was_almost_heard_is_put_right(heard: str, probability: float, written: str) -> None:
    assert corrected(heard, probability) == written


def test_a_spelling_of_the_entry_is_enough_where_the_name_itself_is_written_otherwise() -> None:
    assert corrected("We use Quimby.", entries=parse(("Cwmbran",))) == "We use Quimby."
    assert corrected("We use Quimby.", entries=parse(("Cwmbran: quimby",))) == "We use Cwmbran."


@pytest.mark.parametrize(
    "text",
    [
        "Can I see a sample of the report?",
        "The brightest ledger in the world.",
        "I am happier with it.",
        "I lost a sock, too.",
        "There are 12 of 400 left.",
        "He works at HPE.",  # a short name is taken only where the letters are the same
        "I saw the kes. Trellis is a word.",  # no name goes on after a sentence's end
    ],
)
def test_what_was_clearly_heard_as_something_else_stays(text: str) -> None:
    assert corrected(text) == text


ORDINARY = ("sample", "happier", "ledger", "brighter", "center", "some", "bricks", "sock", "two", "octave", "12", "7")


@given(
    st.lists(st.sampled_from(ORDINARY), min_size=1, max_size=8),
    st.lists(st.sampled_from(("Sampel", "Happyr", "Legder", "Bricks", "Soctoo", "Twelve", "Sam Pull", "Seven"))),
    st.floats(0.84, 1),
)
def test_ordinary_words_and_numbers_that_were_surely_heard_never_change(
    words: list[str], lines: list[str], probability: float
) -> None:
    segment = said(" ".join(words), probability)
    assert correct([segment], parse(tuple(lines))) == (segment,)


@pytest.mark.parametrize("word", ["Sample,", "she's", "don’t", "12", "3,000", "—", "“the”"])
def test_words_and_numbers_of_every_day_are_ordinary(word: str) -> None:
    assert is_ordinary(word)


@pytest.mark.parametrize("word", ["Kestralis", "kestrelis", "Rowanpeak's", "Ombrix."])
def test_made_up_names_are_not_ordinary(word: str) -> None:
    assert not is_ordinary(word)


def test_a_name_as_it_should_be_stays_and_its_words_are_no_part_of_another() -> None:
    entries = parse(("Brightwell", "Brightwell Ledger"))
    assert corrected("Our Brightwell Ledger is full.", UNSURE, entries) == "Our Brightwell Ledger is full."


def test_of_two_names_the_liker_is_taken_and_they_never_share_a_word() -> None:
    entries = parse(("Kestral", "Kestralis", "Kestralis Vault"))
    (found,) = correct([said("We use kestrelis vault now.", UNSURE)], entries)
    assert found.text == "We use Kestralis Vault now."
    assert count_corrections([found]) == 1


@pytest.mark.parametrize("flag", [SUSPECT, FOREIGN])
def test_what_is_not_read_is_not_put_right(flag: str) -> None:
    segment = said("We use Kestrelis now.", flags=(flag,))
    assert correct([segment], ENTRIES) == (segment,)


def test_a_segment_without_words_stays() -> None:
    segment = Segment("left", "We use Kestrelis now.")
    assert correct([segment], ENTRIES) == (segment,)


# --- on record


def test_a_correction_keeps_what_was_heard_its_times_and_its_lowest_probability() -> None:
    heard = (Word(" We", 0, 0.2, 0.9), Word(" kes", 1, 1.4, 0.6), Word(" trellis,", 1.5, 2, 0.3), Word(" so", 3, 4))
    (found,) = correct([segment_of(heard)], ENTRIES)
    assert found.words == (heard[0], Word(" Kestralis,", 1, 2, 0.3, heard="kes trellis,"), heard[3])
    assert found.recognised == heard
    assert count_corrections([found]) == 1


def test_a_later_vocabulary_corrects_what_was_recognised_and_not_what_was_corrected() -> None:
    recognised = (said("We use Kestrelis now."),)
    first = spell_names(recognised, "en", ("Kestreli",))
    assert first[0].text == "We use Kestreli now."
    assert spell_names(first, "en", LINES) == spell_names(recognised, "en", LINES)
    assert spell_names(first, "en", ()) == recognised


@pytest.mark.parametrize("language", ["de", "fr", "ja"])
def test_other_languages_stay_as_recognised(language: str) -> None:
    recognised = (said("Wir nehmen Kestrelis dafür."),)
    assert spell_names(recognised, language, LINES) == recognised
    assert spell_names(spell_names(recognised, "en", LINES), language, LINES) == recognised


MISHEARD = ("Kestrelis", "kes", "trellis", "Zapper", "bright", "well", "ledger", "octa", "Inna", "Kavos", "SOC2", "soc")
PLAIN = ("we", "use", "the", "sample", "two", "12", "okay", "Kestralis", "Okta")
OPENING, CLOSING = ("", "", "", "“", "("), ("", "", "", ",", ".", "?", "'s", "”", "…")


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    """Names heard almost right among other words, with marks, breaks and every probability."""
    words, at_s = [], 0.0
    for core in draw(st.lists(st.sampled_from((*MISHEARD, *PLAIN)), min_size=1, max_size=10)):
        start_s = at_s + draw(st.integers(0, 8)) / 4  # exact in binary
        at_s = start_s + draw(st.integers(0, 8)) / 4
        space = draw(st.sampled_from((" ", " ", " ", ""))) if words else ""  # "e" and "-mail" come as two
        text = f"{space}{draw(st.sampled_from(OPENING))}{core}{draw(st.sampled_from(CLOSING))}"
        words.append(Word(text, start_s, at_s, draw(st.floats(0, 1))))
    return segment_of(words)


def heard_by(word: Word) -> str:
    """What was recognised in a word's place, with the space before it."""
    return (" " if word.text.startswith(" ") and word.heard else "") + (word.heard or word.text)


@given(segments())
def test_text_is_its_words_joined_and_what_was_heard_is_never_lost(segment: Segment) -> None:
    """No change is silent: with what each word says was heard, the text is the one that was recognised."""
    (found,) = correct([segment], ENTRIES)
    assert found.text == "".join(word.text for word in found.words).strip()
    assert "".join(map(heard_by, found.words)).strip() == segment.text
    assert count_corrections([found]) == sum(word not in segment.words for word in found.words)
    assert (found.recognised == segment.words) if count_corrections([found]) else (found == segment)


@given(segments())
def test_times_never_change(segment: Segment) -> None:
    (found,) = correct([segment], ENTRIES)
    starts, ends = {word.start_s for word in segment.words}, {word.end_s for word in segment.words}
    assert (found.start_s, found.end_s) == (segment.start_s, segment.end_s)
    assert {word.start_s for word in found.words} <= starts
    assert {word.end_s for word in found.words} <= ends
    assert found.words[0].start_s == segment.words[0].start_s
    assert found.words[-1].end_s == segment.words[-1].end_s
    assert all(one.end_s <= other.start_s for one, other in zip(found.words, found.words[1:], strict=False))


@given(segments())
def test_correcting_twice_is_correcting_once_and_can_be_taken_back(segment: Segment) -> None:
    once = correct([segment], ENTRIES)
    assert correct(once, ENTRIES) == once
    assert restore(once) == (segment,)


@given(segments())
def test_without_a_vocabulary_nothing_changes(segment: Segment) -> None:
    assert correct([segment], ()) == (segment,)
    assert spell_names([segment], "en", ()) == (segment,)


# --- in a transcript, in the store, in the report


class NamingWhisper(FakeWhisper):
    """Hears in each stretch of sound how a name is said."""

    def hear(self, channel: np.ndarray, language: str) -> list[Segment]:
        return [said("We use Kestrelis now.") for _ in super().hear(channel, language)]


def test_a_transcript_says_how_many_names_were_put_right_and_which_were_not_told(tmp_path: Path) -> None:
    write_wav(tmp_path / "call.wav", np.concatenate((tone(3), silence(3))), np.concatenate((silence(3), tone(3, 700))))
    vocabulary = (*LINES, *(f"Longish Name {place:03}" for place in range(60)))
    options = TranscribeOptions(vocabulary=vocabulary, vocabulary_hints=True)
    found = transcribe(Recording("", str(tmp_path / "call.wav"), 6.0, 2), options, NamingWhisper())
    assert {segment.text for segment in found.segments} == {"We use Kestralis now."}
    assert "2 names put as the vocabulary writes them" in found.notes
    assert any(note.startswith("the recogniser was told the first") for note in found.notes)


def test_stored_calls_are_put_right_anew_when_the_vocabulary_changes(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    before, after = Settings(vocabulary=("Kestreli",)), Settings(vocabulary=LINES)
    recognised = (said("We use Kestrelis now."),)
    first = Conversation("c", "call", str(path), spell_names(recognised, "en", before.vocabulary))
    with Store(tmp_path / "store", write=True) as store:
        store.save_file("c", path, with_names("key", before), (first,))
        assert spell_anew(store, "key", [path], after) == 1
        assert store.conversations()[0].segments == spell_names(recognised, "en", LINES)
        assert store.file_keys()["c"] == with_names("key", after)
        assert without_names(store.file_keys()["c"]) == "key"
        assert spell_anew(store, "key", [path], after) == 0


def test_the_report_says_of_a_quote_what_was_heard() -> None:
    (segment,) = correct([said("We use Kestrelis now.")], ENTRIES)
    conversation = Conversation("c", "call", "call.wav", (replace(segment, speaker="left"),))
    utterance = Utterance("c", 0, "left", "customer", 1.0, segment.text, 0.0, 2.0, segment.words)
    signal = Signal("s", utterance.id, "mention", "", "Kestralis", 7, 16, 1.0, "mentions/1", start_s=1.0, end_s=1.4)
    assert find_corrections(signal, utterance, conversation) == (("Kestralis", "Kestrelis"),)
    assert find_corrections(replace(signal, text="We", start_s=0.0, end_s=0.4), utterance, conversation) == ()
