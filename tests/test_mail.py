"""Mail: what a sender newly wrote is told from all around it, nothing is lost, nothing hostile gets through."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insights.errors import SourceError
from insights.sources.mail import (
    Failure,
    Mail,
    bodies,
    mark_body,
    mbox,
    new_text,
    predict_new_text,
    quotes,
    read_eml,
    read_mbox,
)
from insights.sources.mail.charsets import decode_text
from insights.sources.mail.flowed import unflow
from insights.sources.mail.html import html_lines
from insights.sources.mail.segments import to_lines
from insights.types import BOILERPLATE, FORWARDED, QUOTED, SIGNATURE

FIXTURES = Path(__file__).parent / "mail_fixtures" / "mails.jsonl"
SHARED = Path(__file__).parents[1].parent / "shared" / "data"
MAILS = [json.loads(line) for line in FIXTURES.read_text(encoding="utf-8").splitlines()]


def plain(text: str) -> str:
    """Return a text with all white space alike, as mails are compared."""
    return " ".join(text.split())


def eml(body: str, *headers: str, kind: str = "text/plain") -> bytes:
    """Return a message in UTF-8 with the usual headers; later ones given replace them."""
    known = {"From": "Ann Lee <ann@lee.example>", "To": "bo@vendor.example", "Subject": "Hello"}
    known |= {"Content-Type": f"{kind}; charset=utf-8"} | dict(line.split(": ", 1) for line in headers)
    return ("".join(f"{name}: {value}\n" for name, value in known.items()) + "\n" + body).encode()


def flags_of(mail: Mail) -> list[tuple[tuple[str, ...], str]]:
    """Return flags and text of each segment."""
    return [(segment.flags, segment.text) for segment in mail.conversation.segments]


# What is new


@pytest.mark.parametrize("row", [row for row in MAILS if row["half"] == "tune"], ids=lambda row: row["id"])
def test_new_text_of_known_clients_and_languages(row: dict[str, str]) -> None:
    """Only what the sender newly wrote is left of a mail from each client that the rules were made for."""
    assert plain(predict_new_text({**row, "signature": False})) == plain(row["new_text"])
    kept = predict_new_text(row).splitlines()
    assert {line.strip() for line in row["with_signature"].splitlines()} <= {line.strip() for line in kept} | {""}


def test_held_out_mails_stay_at_their_floor() -> None:
    """The half of the fixtures that no rule was made for is read as well as it was when it was measured."""
    rows = [row for row in MAILS if row["half"] == "report"]
    exact = sum(plain(predict_new_text({**row, "signature": False})) == plain(row["new_text"]) for row in rows)
    assert exact / len(rows) >= 0.85


@pytest.mark.skipif(not SHARED.exists(), reason="development data not here")
def test_signatures_of_office_mail_stay_at_their_floor() -> None:
    """Nine of ten signatures of real office mails are told from the body."""
    rows = [json.loads(line) for line in (SHARED / "forge.jsonl").read_text(encoding="utf-8").splitlines()]
    exact = sum(plain(new_text(mark_body(row["text"], sender=row["sender"]))) == plain(row["body"]) for row in rows)
    assert exact / len(rows) >= 0.94


@pytest.mark.skipif(not SHARED.exists(), reason="development data not here")
def test_quotes_of_twelve_clients_are_found() -> None:
    """Of each talon fixture, "Hello" is all that is new."""
    lines = (SHARED / "talon_replies.jsonl").read_text(encoding="utf-8").splitlines()
    assert {plain(predict_new_text({**json.loads(line), "signature": False})) for line in lines} == {"Hello"}


def test_answers_between_quotes_are_new() -> None:
    """An inline reply keeps each answer, in order, as segments of its sender."""
    segments = mark_body("On 3/3/26, Bo wrote:\n> One?\nYes.\n> Two?\n> Three?\nNo.\n", sender="Ann <ann@lee.example>")
    assert [(segment.flags, segment.text) for segment in segments] == [
        ((QUOTED,), "On 3/3/26, Bo wrote:\n> One?"),
        ((), "Yes."),
        ((QUOTED,), "> Two?\n> Three?"),
        ((), "No."),
    ]
    assert {segment.speaker for segment in segments} == {"ann@lee.example"}
    assert new_text(segments) == "Yes.\n\nNo."


def test_a_forward_is_content_of_another_speaker() -> None:
    """The text below each forwarded header is FORWARDED and has that header's sender as speaker."""
    body = (
        "Please see below.\n\n---------- Forwarded message ---------\nFrom: June <june@t.example>\n"
        "Date: Tue, Mar 3, 2026\nSubject: x\nTo: Ann\n\nIs it hot?\n\n"
        "From: Max Poe\nSent: Monday, March 2, 2026 9:00 AM\nTo: June\nSubject: x\n\nAsk them.\n"
    )
    forwarded = [segment for segment in mark_body(body) if segment.flags == (FORWARDED,)]
    assert [(segment.speaker, segment.text) for segment in forwarded] == [
        ("june@t.example", "Is it hot?"),
        ("Max Poe", "Ask them."),
    ]


def test_the_subject_tells_a_forward_from_an_answer() -> None:
    """The same Outlook block is a quote under "RE:" and content under "FW:"."""
    body = "See below.\n\nFrom: Max <max@p.example>\nSent: Monday 9:00\nTo: Ann\nSubject: x\n\nIt leaks.\n"
    assert flags_of(read_eml(eml(body, "Subject: RE: x"), "a.eml"))[-1][0] == (QUOTED,)
    assert flags_of(read_eml(eml(body, "Subject: FW: x"), "a.eml"))[-1] == ((FORWARDED,), "It leaks.")


def test_a_thanks_alone_is_new_text() -> None:
    """A last "Thanks" without a name says something; with a name it is a sign-off."""
    assert new_text(mark_body("It is done.\n\nThanks")) == "It is done.\n\nThanks"
    assert new_text(mark_body("It is done.\n\nThanks,\nKim")) == "It is done."


# Envelope


def test_one_mail_is_one_conversation() -> None:
    """Ids, people, moment and thread come from the headers, decoded."""
    data = eml(
        "Hi",
        "From: =?iso-8859-1?Q?J=FCrgen_M=FCller?= <jm@x.example>",
        'Cc: "Doe, Jo" <jo@x.example>',
        "Subject: =?utf-8?b?R3LDvMOfZQ==?=",
        "Date: Tue, 3 Mar 2026 10:00:00 +0200",
        "Message-ID: <3@x>",
        "In-Reply-To: <2@x>",
        "References: <1@x> <2@x>",
    )
    conversation = read_eml(data, "box/a.eml").conversation
    assert (conversation.kind, conversation.source, conversation.subject) == ("email", "box/a.eml", "Grüße")
    assert conversation.started_at == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert conversation.thread_id == "1@x"
    assert [(one.name, one.email) for one in conversation.participants] == [
        ("Jürgen Müller", "jm@x.example"),
        ("", "bo@vendor.example"),
        ("Doe, Jo", "jo@x.example"),
    ]
    assert conversation.id == read_eml(data, "elsewhere.eml").conversation.id


def test_a_mail_and_its_answer_share_a_thread() -> None:
    """The first mail's own id is the thread of the answers to it; without any id a mail is its own thread."""
    first = read_eml(eml("a", "Message-ID: <1@x>"), "a").conversation
    answer = read_eml(eml("b", "Message-ID: <2@x>", "In-Reply-To: <1@x>"), "b").conversation
    lone = read_eml(eml("c"), "c").conversation
    assert first.thread_id == answer.thread_id == "1@x"
    assert lone.thread_id == lone.id


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Tue, 3 Mar 2026 10:00:00", datetime(2026, 3, 3, 10, tzinfo=UTC)),
        ("yesterday", None),
        ("Mon, 99 Foo 20000000000 99:99:99 +99999999", None),
    ],
    ids=["without a zone", "in words", "out of range"],
)
def test_dates_are_utc_or_nothing(value: str, expected: datetime | None) -> None:
    """A date without zone is taken as UTC; one that cannot be read is None."""
    assert read_eml(eml("x", f"Date: {value}"), "a").conversation.started_at == expected


@pytest.mark.parametrize(
    ("header", "note"),
    [
        ("Auto-Submitted: auto-replied", "automatic reply"),
        ("From: MAILER-DAEMON@x.example", "bounce"),
        ("List-Unsubscribe: <mailto:u@x.example>", "newsletter"),
        ("Precedence: bulk", "newsletter"),
    ],
)
def test_automatic_mail_is_boilerplate(header: str, note: str) -> None:
    """What no person wrote to us is kept, flagged as a whole, and noted."""
    mail = read_eml(eml("I am away.", header), "a")
    assert flags_of(mail) == [((BOILERPLATE,), "I am away.")]
    assert mail.notes == (note,)


def test_a_discussion_list_is_no_newsletter() -> None:
    """A mail that can be unsubscribed from but also posted to was written by a person."""
    mail = read_eml(eml("I see it too.", "List-Unsubscribe: <x>", "List-Post: <y>", "Precedence: bulk"), "a")
    assert flags_of(mail) == [((), "I see it too.")]


# MIME


def test_the_better_alternative_is_read() -> None:
    """Plain text is preferred, but for a stub that only says that there is HTML."""
    message = EmailMessage()
    message["From"] = "ann@lee.example"
    message.set_content("This is an HTML mail.")
    message.add_alternative("<p>" + "We want to know what it costs. " * 20 + "</p>", subtype="html")
    assert "what it costs" in predict_new_text({"eml": message.as_string()})
    message = EmailMessage()
    message.set_content("What does it cost?")
    message.add_alternative("<p>What does it <b>cost</b>?</p>", subtype="html")
    message["From"] = "ann@lee.example"
    assert predict_new_text({"eml": message.as_string()}) == "What does it cost?"


def test_attached_sound_is_handed_over_and_other_files_named() -> None:
    """A voicemail's bytes come with the mail; a document only by name and size."""
    message = EmailMessage()
    message["From"] = "pbx@x.example"
    message.set_content("New voicemail")
    message.add_attachment(b"RIFFsound", maintype="application", subtype="octet-stream", filename="../../vm.wav")
    message.add_attachment("a;b\n", subtype="csv", filename="list.csv")
    mail = read_eml(message.as_bytes(), "a")
    assert [(one.filename, one.data, one.is_sound) for one in mail.attachments] == [
        ("vm.wav", b"RIFFsound", True),
        ("list.csv", b"", False),
    ]
    assert flags_of(mail) == [((), "New voicemail")]


def test_an_attached_mail_is_forwarded_content() -> None:
    """Its text is FORWARDED by its own sender; its sound comes along."""
    inner = EmailMessage()
    inner["From"] = "June <june@t.example>"
    inner.set_content("It leaks again.\n\n-- \nJune")
    outer = EmailMessage()
    outer["From"] = "ann@lee.example"
    outer.set_content("See the attached mail.")
    outer.add_attachment(inner)
    segments = read_eml(outer.as_bytes(), "a").conversation.segments
    assert [(one.speaker, one.flags) for one in segments] == [
        ("ann@lee.example", ()),
        ("june@t.example", (FORWARDED,)),
        ("june@t.example", (SIGNATURE,)),
    ]


def test_a_missing_boundary_loses_no_text() -> None:
    """A multipart whose parts cannot be told apart is the text that it holds."""
    assert flags_of(read_eml(eml("Still here.", kind="multipart/mixed"), "a")) == [((), "Still here.")]


@pytest.mark.parametrize(
    ("data", "label", "expected"),
    [
        ("Größe".encode(), "iso-8859-1", "Größe"),
        ("Größe".encode("cp1252"), "x-no-such-charset", "Größe"),
        ("“quoted”".encode("cp1252"), "iso-8859-1", "“quoted”"),
        ("見積り".encode("shift_jis"), "shift_jis", "見積り"),
        (b"abc", "idna", "abc"),
        (b"abc", "rot13", "abc"),
    ],
    ids=["wrong label", "unknown label", "Windows quotes", "Japanese", "no charset", "no charset either"],
)
def test_charsets(data: bytes, label: str, expected: str) -> None:
    """The text is right where the label is wrong, unknown or none at all."""
    assert decode_text(data, label) == expected


def test_flowed_paragraphs_become_lines() -> None:
    """Soft breaks are joined within one depth of quoting, never across; a signature's dashes stay."""
    lines = unflow(to_lines("> one \n> two\nthree \nfour\n-- \nAnn"))
    assert [line.text for line in lines] == ["> one two", "three four", "-- ", "Ann"]


def test_hidden_html_is_not_text_and_containers_are_known() -> None:
    """Hidden elements, styles and pixels go; a quote is flagged though its text has no mark."""
    lines = html_lines(
        "<style>p{}</style><div style='display: none'>preheader</div><p>New<img src=x></p>"
        "<blockquote type=cite>Old</blockquote><div class=gmail_signature>Ann</div>\ue0f0"
    )
    assert [(line.text, line.hint) for line in lines if line.text] == [("New", ""), ("Old", QUOTED), ("Ann", SIGNATURE)]


# Bad and hostile input


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b" \n", "empty"),
        (b"\x00\x01\x02 no mail", "no mail headers"),
        (eml("x", "Content-Type: application/pkcs7-mime; smime-type=enveloped-data"), "encrypted"),
        (eml("-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n"), "encrypted"),
        (b"From: a@b.c\n" + b"Content-Type: message/rfc822\n\n" * 5000, "parts within parts"),
        (eml("x", "Content-Type: text/plain; " + "a=b;" * 9000), "Content-Type"),
    ],
    ids=["empty", "no mail", "S/MIME", "PGP", "nested", "long field"],
)
def test_what_cannot_be_read_is_said(data: bytes, message: str) -> None:
    """One clear error that names the file."""
    with pytest.raises(SourceError, match=message) as caught:
        read_eml(data, "a.eml")
    assert str(caught.value).startswith("a.eml")


def test_a_body_that_is_too_long_is_cut_and_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first lines or characters stay, and a note says where it was cut."""
    monkeypatch.setattr(bodies, "MAX_LINES", 3)
    mail = read_eml(eml("one\ntwo\nthree\nfour\n"), "a")
    assert (flags_of(mail), mail.notes) == ([((), "one\ntwo\nthree")], ("text cut after 3 lines",))
    monkeypatch.setattr(bodies, "MAX_TEXT_CHARS", 5)
    mail = read_eml(eml("one two\n"), "a")
    assert (flags_of(mail), mail.notes) == ([((), "one t")], ("text cut after 5 characters",))


def test_a_broken_message_does_not_end_a_mailbox(tmp_path: Path) -> None:
    """Messages before and after it are read, in order; ">From " is unescaped, prose with From splits nothing."""
    box = tmp_path / "box.mbox"
    mark = b"From ann@lee.example Tue Mar  3 10:00:00 2026\n"
    broken = eml("x", "Content-Type: multipart/encrypted; boundary=x")
    box.write_bytes(mark + eml("one\n\nFrom here on\n>From me\n\n") + mark + broken + b"\n\n" + mark + eml("three\n"))
    first, second, third = read_mbox(box)
    assert isinstance(first, Mail)
    assert isinstance(second, Failure)
    assert isinstance(third, Mail)
    assert first.conversation.segments[0].text == "one\n\nFrom here on\nFrom me"
    assert (second.source, third.conversation.source) == (f"{box}#2", f"{box}#3")


def test_a_message_too_large_for_memory_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a Failure that says so; the next one is read."""
    monkeypatch.setattr(mbox, "MAX_MESSAGE_BYTES", 300)
    box = tmp_path / "box.mbox"
    mark = b"From ann@lee.example Tue Mar  3 10:00:00 2026\n"
    box.write_bytes(mark + eml("word\n" * 200 + "\n") + mark + eml("two\n"))
    large, small = read_mbox(box)
    assert isinstance(large, Failure)
    assert "larger than" in large.reason
    assert isinstance(small, Mail)


def test_an_empty_mailbox_is_an_error(tmp_path: Path) -> None:
    """So is a file that is none."""
    box = tmp_path / "box.mbox"
    for content in (b"\n\n", b"hello\n"):
        box.write_bytes(content)
        with pytest.raises(SourceError):
            list(read_mbox(box))


HOSTILE: dict[str, Callable[[int], str]] = {
    "openers": lambda n: "On 3/4 a\n" * n,
    "colons": lambda n: "a:\n" * n,
    "headers": lambda n: "From: x\n\n" * n,
    "dates": lambda n: "03/04/2001 10:20\n" * n,
    "companies": lambda n: "x Corp.\n\n" * n,
    "footers": lambda n: "--\n\nto unsubscribe\n\n" * n,
    "sign-offs": lambda n: "Thanks,\n" * n,
    "arrows": lambda n: "> \n>> x\n\n" * n,
}


@pytest.mark.parametrize("build", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_grows_with_the_body_and_no_faster(build: Callable[[int], str]) -> None:
    """Sixteen times the lines take far less than the 256 times that quadratic work would."""

    def seconds(n: int) -> float:
        text = build(n)
        start = time.process_time()
        mark_body(text)
        return time.process_time() - start

    small, large = (min(seconds(n) for _ in range(3)) for n in (200, 3200))
    assert large < 80 * max(small, 0.001)


def test_each_line_is_looked_at_a_bounded_number_of_times() -> None:
    """Twice the lines make twice the look-ups of headers and attributions."""
    counts = []
    for n in (200, 400):
        with patch.object(quotes, "find_header", wraps=quotes.find_header) as headers:
            mark_body("Some words, a:\n\nFrom: x\n" * n)
        counts.append(headers.call_count)
    assert counts[1] <= 2 * counts[0] + 2


LINES = st.sampled_from(
    [
        "",
        " ",
        "> q",
        ">> q",
        ">>> x",
        "On 3 May 2020, Ann <a@b.c> wrote:",
        "wrote:",
        "From: Ann <a@b.c>",
        "To: Bo",
        "Sent: Monday 9:00",
        "Subject: x",
        "cc:",
        "-----Original Message-----",
        "Begin forwarded message:",
        "-- ",
        "--",
        "Thanks,",
        "Kim",
        "Sent from my iPhone",
        "________________",
        "dev mailing list",
        "To unsubscribe, e-mail: x",
        "03/04/2001 10:20 AM",
        "x Corp.",
        "Hello there, how much is it?",
        "VB> hi",
        "| hi",
        "-----BEGIN PGP SIGNATURE-----",
        "This email is confidential and intended only for you. " * 3,
    ]
)


@given(st.lists(LINES | st.text(max_size=40), max_size=30), st.booleans())
@settings(max_examples=150, deadline=None)
def test_segments_hold_all_of_the_text(lines: list[str], is_forward: bool) -> None:
    """Joined, the segments are the body, but for white space and invisible characters; each has at most one flag."""
    text = "\n".join(lines)
    segments = mark_body(text, sender="Kim <kim@x.example>", subject_is_forward=is_forward)
    assert plain(" ".join(one.text for one in segments)) == plain(" ".join(line.text for line in to_lines(text)))
    assert all(len(one.flags) <= 1 and one.text for one in segments)


PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=x\n",
        b"Content-Type: text/html; charset=utf-7\n",
        b"\n",
        b"--x\n",
        b"--x--\n",
        b"Content-Type: multipart/alternative; boundary=x\n",
        b"Content-Transfer-Encoding: base64\n",
        b"=?utf-8?b?w?= ",
        b"Content-Disposition: attachment; filename*=x'y'%ff\n",
        b"Subject: =?zz?q?=ff?=\n",
        b"Date: 1 2 3\n",
        b"<div><blockquote type=cite>",
        b"Content-Type: message/rfc822\n",
        b"Content-Type: text/plain; charset=\xff; format=flowed\n",
        b'From: (((("\n',
        b"To: <@,;:\n",
        b"text ",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=30), max_size=25))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_raise_anything_but_a_source_error(pieces: list[bytes]) -> None:
    """Whatever stands in a file, it is read or refused in one line."""
    data = b"From: a@b.c\n" + b"".join(pieces)
    try:
        mail = read_eml(data, "a.eml")
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        assert mail.conversation.kind == "email"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_markup_raises(markup: str) -> None:
    """Any text is read as HTML."""
    assert all("\n" not in line.text for line in html_lines(f"<p>{markup}"))
