"""What the side tables and the file's name say of a conversation."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights import sources
from insights.config import Settings
from insights.errors import UsageError
from insights.sources.deals import find_by_account, normalise_account
from insights.sources.tables import Deal, Tables, _read_amount
from insights.types import Conversation, Metadata, Participant

SETTINGS = Settings(timezone="America/New_York")
DEALS = """deal_id,account,segment,stage,amount,outcome,opened_at,closed_at,owner,contact_email,region
D-1,Kestrel Heating & Air,HVAC,closed,"9,522",won,2026-09-14,2026-10-01,Dana Whitmore,tom@kestrel.example,North
D-2,Kestrel Heating & Air,HVAC,demo,100.50,open,2026-10-10,,Priya Raman,tom@kestrel.example,North
D-3,Maple Court,property,demo,50,open,2026-10-01,,Marcus Oyelaran,someone@gmail.com,
"""
CALLS = """file,account,segment,stage,rep,customer,started_at,outcome,amount,source
calls/a.wav,Kestrel Heating & Air,,discovery,Dana Whitmore,Tom Brannigan,2026-09-29T09:32:00-04:00,,,phone
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "calls").mkdir()
    (tmp_path / "deals.csv").write_text(DEALS)
    (tmp_path / "calls.csv").write_text(CALLS)
    return tmp_path


def make_call(source: object, **known: object) -> Conversation:
    return Conversation("id", "call", str(source), (), **known)  # type: ignore[arg-type]


def describe(conversation: Conversation, folder: Path, settings: Settings = SETTINGS) -> Conversation:
    return sources.describe(conversation, sources.load_tables([folder]), settings)


def on_day(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 16, tzinfo=UTC)


def test_calls_csv_comes_before_the_deal_and_the_deal_fills_the_rest(folder: Path):
    call = describe(make_call(folder / "calls" / "a.wav"), folder)
    assert call.started_at == datetime(2026, 9, 29, 13, 32, tzinfo=UTC)
    assert call.metadata == Metadata(
        account="Kestrel Heating & Air",
        deal_id="D-1",
        rep="Dana Whitmore",
        stage="discovery",
        outcome="won",
        amount=9522.0,
        segment="HVAC",
        extra=(("source", "phone"), ("region", "North")),
    )


def test_a_file_is_found_by_name_where_it_has_moved(folder: Path):
    assert describe(make_call("/elsewhere/a.wav"), folder).metadata.stage == "discovery"


def test_tables_above_a_folder_count_and_further_up_do_not(folder: Path):
    inner = folder / "calls" / "w1"
    (inner / "x" / "y").mkdir(parents=True)
    assert len(sources.load_tables([inner]).deals) == 3
    assert sources.load_tables([inner / "x" / "y"]).deals == ()


def test_the_deal_open_on_the_day_is_taken_and_the_latest_where_there_is_no_day(folder: Path):
    names = {"2026-09-20_dana_kestrel-heating": "D-1", "2026-10-20_dana_kestrel-heating": "D-2"}
    for name, deal_id in names.items():
        assert describe(make_call(f"{name}.wav"), folder).metadata.deal_id == deal_id
    undated = make_call("x.wav", metadata=Metadata(account="kestrel heating and air"))
    assert describe(undated, folder).metadata.deal_id == "D-2"


def test_between_two_deals_the_latest_opened_is_taken(folder: Path):
    between = make_call("x.wav", metadata=Metadata(account="Kestrel Heating & Air"), started_at=on_day(10, 5))
    assert describe(between, folder).metadata.deal_id == "D-2"


def test_a_file_name_gives_date_time_rep_and_account(folder: Path):
    call = describe(make_call("2026-10-06T09-30_dana_unheard-of.wav"), folder)
    assert call.started_at == datetime(2026, 10, 6, 13, 30, tzinfo=UTC)
    assert (call.metadata.rep, call.metadata.account, call.metadata.deal_id) == ("dana", "unheard of", None)


def test_a_date_without_a_time_means_noon_where_we_are():
    call = sources.describe(make_call("2026-10-06_dana_x.wav"), Tables(), SETTINGS)
    assert call.started_at == datetime(2026, 10, 6, 16, tzinfo=UTC)


def test_a_file_name_with_one_name_may_mean_the_account(folder: Path):
    metadata = describe(make_call("2026-10-06_maple-court.wav"), folder).metadata
    assert (metadata.account, metadata.rep, metadata.deal_id) == ("Maple Court", "Marcus Oyelaran", "D-3")


@pytest.mark.parametrize("name", ["2026-02-31_a_b.wav", "call.wav", "20261006.wav"])
def test_without_a_date_that_exists_a_call_stays_undated(name: str, tmp_path: Path):
    path = tmp_path / name
    path.write_bytes(b"x")  # its time stamp is today: never a call's date
    assert sources.describe(make_call(path), Tables(), SETTINGS).started_at is None


def test_what_the_source_says_of_itself_stands(folder: Path):
    known = make_call(folder / "calls" / "a.wav", started_at=on_day(1, 1), metadata=Metadata(stage="renewal"))
    call = describe(known, folder)
    assert (call.started_at, call.metadata.stage) == (on_day(1, 1), "renewal")


@pytest.mark.parametrize(
    ("address", "deal_id"),
    [
        ("tom@kestrel.example", "D-2"),
        ("other.person@kestrel.example", "D-2"),
        ("SOMEONE@gmail.com", "D-3"),
        ("stranger@gmail.com", None),
        ("x@unknown.example", None),
    ],
    ids=["contact", "the company's domain", "a contact's free-mail address", "free mail is no company", "unknown"],
)
def test_a_mail_belongs_to_the_deal_of_its_address_or_its_companys_domain(
    folder: Path, address: str, deal_id: str | None
):
    mail = make_call("x.eml", participants=(Participant(email=address),), started_at=on_day(10, 20))
    assert describe(mail, folder).metadata.deal_id == deal_id


def test_a_domain_that_two_accounts_share_decides_nothing():
    deals = tuple(Deal(Metadata(account=name), f"{name}@group.example") for name in ("north", "south"))
    mail = make_call("x.eml", participants=(Participant(email="boss@group.example"),))
    assert sources.describe(mail, Tables(deals=deals), SETTINGS).metadata.account is None


def test_the_start_of_a_name_finds_an_account_only_if_one_begins_so():
    deals = tuple(Deal(Metadata(account=name)) for name in ("Summit Cable & Fiber", "Maple Court", "Maple Hill"))
    assert [deal.metadata.account for deal in find_by_account(deals, "summit-cable")] == ["Summit Cable & Fiber"]
    assert find_by_account(deals, "maple") == ()
    assert find_by_account(deals, "sum") == ()


@given(st.text(min_size=1))
def test_an_account_is_spelt_the_same_however_often_it_is_normalised(name: str):
    assert normalise_account(normalise_account(name)) == normalise_account(name)


def test_bad_rows_are_told_with_their_line_and_the_others_count(tmp_path: Path):
    (tmp_path / "deals.csv").write_text(
        "deal_id,account,amount,opened_at\nD-1,Good,1,2026-10-01\nD-2,Bad,lots,2026-10-01\nD-3,,1,\nD-4,Worse,1,soon\n"
    )
    (tmp_path / "calls.csv").write_text("file,started_at\n ,2026-10-01\nx.wav,yesterday\ny.wav,2026-10-01\n")
    tables = sources.load_tables([tmp_path])
    assert [deal.metadata.deal_id for deal in tables.deals] == ["D-1"]
    assert list(tables.calls_by_name) == ["y.wav"]
    assert [(Path(failure.source).name, failure.reason.split(";")[0]) for failure in tables.failures] == [
        ("calls.csv", "row at line 2: has no file name."),
        ("calls.csv", "row at line 3: started_at is 'yesterday'"),
        ("deals.csv", "row at line 3: amount is 'lots'"),
        ("deals.csv", "row at line 4: has neither account nor contact_email."),
        ("deals.csv", "row at line 5: opened_at is 'soon'"),
    ]


def test_a_table_without_its_columns_is_one_failure(tmp_path: Path):
    (tmp_path / "calls.csv").write_text("name\nx\n")
    (failure,) = sources.load_tables([tmp_path]).failures
    assert failure.reason == "has the columns 'name'; one of them must be 'file'."


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("9522", 9522.0),
        ("$9,522.50", 9522.5),
        ("9.522,50 €", 9522.5),
        ("1,234,567", 1234567.0),
        ("12,5", 12.5),
        ("9,522", 9522.0),
        ("1.5", 1.5),
        ("1'000 CHF", 1000.0),
        ("", None),
    ],
)
def test_amounts_are_read_as_people_write_them(cell: str, amount: float | None):
    assert _read_amount(cell) == amount


def test_a_broken_pattern_names_its_setting():
    with pytest.raises(UsageError, match="filename_pattern"):
        sources.describe(make_call("x.wav"), Tables(), Settings(filename_pattern="("))


# Who is on which side


def sides(participants: list[Participant], settings: Settings = SETTINGS, folder: Path | None = None) -> list[str]:
    call = make_call(folder / "calls" / "a.wav" if folder else "x.wav", participants=tuple(participants))
    tables = sources.load_tables([folder]) if folder else Tables()
    return [person.role for person in sources.describe(call, tables, settings).participants]


def test_addresses_of_our_domain_are_reps_and_others_customers():
    ours = Settings(our_domains=("ours.example",))
    people = [Participant(email=address) for address in ("a@ours.example", "b@eu.ours.example", "c@x.example")]
    assert sides([*people, Participant(name="Somebody")], ours) == ["rep", "rep", "customer", "unknown"]


def test_nobody_has_a_side_where_nothing_tells():
    assert sides([Participant(name="Dana"), Participant(email="tom@x.example")]) == ["unknown", "unknown"]


def test_where_our_people_are_listed_the_others_are_customers():
    ours = Settings(our_names=("dana whitmore",))
    people = [Participant(name="Dana Whitmore (Ours)"), Participant(name="Tom"), Participant(name="Kyle")]
    assert sides(people, ours) == ["rep", "customer", "customer"]
    assert sides(people[1:], ours) == ["unknown", "unknown"]


def test_the_rep_of_calls_csv_is_ours_and_so_are_colleagues_by_their_domain(folder: Path):
    people = [
        Participant(name="Dana Whitmore", email="dana@ours.example"),
        Participant(name="Lee", email="lee@ours.example"),
        Participant(name="Tom Brannigan"),
        Participant(name="A stranger"),
    ]
    assert sides(people, folder=folder) == ["rep", "rep", "customer", "unknown"]


def test_of_two_the_one_who_is_not_our_rep_is_the_customer(folder: Path):
    assert sides([Participant(name="Dana Whitmore"), Participant(name="T. B.")], folder=folder) == ["rep", "customer"]


def test_a_role_that_the_source_gives_stands(folder: Path):
    people = [Participant(name="Dana Whitmore", role="customer"), Participant(name="Tom", role="rep")]
    assert sides(people, folder=folder) == ["customer", "rep"]
