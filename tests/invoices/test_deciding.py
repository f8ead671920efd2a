"""A person decides whether two invoices are one; strangers learn nothing by the way."""

import pytest
from sqlalchemy import event, func, select

import registry.invoices.sight  # noqa: F401 - says who sees what
from registry.invoices import correction_queries, near_queries, queries
from registry.invoices.deciding import MAX_WHY_CHARS, decide_suspicion
from registry.invoices.errors import ReasonMissing, SuspicionUnknown
from registry.invoices.model import InvoiceKey
from registry.invoices.near_keys import LIMITS, Block
from registry.invoices.registering import Uploader
from registry.invoices.rules import Outcome, Verdict, Weighed, outcome_of
from registry.kit.clock import FixedClock
from registry.kit.identifiers import TaxId
from registry.storage.sight import Viewer
from tests.invoices.builders import SELLER, STRANGER, a_database, id_source, preceding, register, ubl


@pytest.fixture
def database():
    found = a_database()
    yield found
    found.close()


def decide(database, suspicion, verdict, why="I compared the two."):
    return decide_suspicion(
        database, suspicion.id, verdict, why=why, by="0xAA", clock=FixedClock(), ids=id_source()
    )


def raised(database, state="open"):
    with database.read() as session:
        return list(near_queries.suspicions(session, state=state))


def outcomes(database, *ids):
    with database.read() as session:
        return tuple(queries.invoice_by_id(session, one).outcome for one in ids)


def a_conflict(database):
    first, second = register(database, ubl()), register(database, ubl(payable="1900.00"))
    return first.id, second.id, raised(database)[0]


def a_likeness(database):
    first, second = register(database, ubl()), register(database, ubl(number="2026-I7"))
    return first.id, second.id, raised(database)[0]


OPEN, SAME, CORRECTED = None, Verdict.SAME, Verdict.CORRECTED


@pytest.mark.parametrize(
    ("against", "replaced_by", "are_keys_free", "wanted"),
    [
        ([], [], True, Outcome.NEW),
        ([Weighed(OPEN)], [], True, Outcome.REVIEW),
        ([Weighed(Verdict.UNCLEAR)], [], True, Outcome.REVIEW),
        ([Weighed(Verdict.DIFFERENT)], [], True, Outcome.NEW),
        ([Weighed(CORRECTED)], [], True, Outcome.NEW),
        ([Weighed(SAME)], [], True, Outcome.DUPLICATE),
        ([Weighed(Verdict.DIFFERENT), Weighed(OPEN)], [], True, Outcome.REVIEW),
        ([Weighed(Verdict.DIFFERENT), Weighed(SAME)], [], True, Outcome.DUPLICATE),
        ([Weighed(OPEN, is_hidden=True)], [], True, Outcome.NEW),
        ([Weighed(SAME, is_hidden=True)], [], True, Outcome.DUPLICATE),
        ([Weighed(OPEN, is_contradiction=True)], [], True, Outcome.CONFLICT),
        ([Weighed(Verdict.UNCLEAR, is_contradiction=True)], [], True, Outcome.CONFLICT),
        ([Weighed(Verdict.DIFFERENT, is_contradiction=True)], [], False, Outcome.CONFLICT),
        ([Weighed(Verdict.DIFFERENT, is_contradiction=True)], [], True, Outcome.NEW),
        ([], [CORRECTED], True, Outcome.REPLACED),
        ([], [SAME, Verdict.DIFFERENT, OPEN], True, Outcome.NEW),
        ([Weighed(SAME)], [CORRECTED], True, Outcome.DUPLICATE),
    ],
)
def test_what_an_invoice_is_worth_follows_from_what_was_decided(against, replaced_by, are_keys_free, wanted):
    assert outcome_of(against, replaced_by, are_keys_free=are_keys_free) is wanted


def test_only_new_and_reviewed_invoices_may_be_used():
    assert {one for one in Outcome if one.is_accepted} == {Outcome.NEW, Outcome.REVIEW}


def test_the_same_blocks_the_later_one_and_a_later_decision_frees_it(database):
    first, second, suspicion = a_likeness(database)
    done = decide(database, suspicion, Verdict.SAME)
    assert (done.outcome, done.other_outcome) == (Outcome.DUPLICATE, Outcome.NEW)
    decide(database, suspicion, Verdict.DIFFERENT, "The seller showed two delivery notes.")
    assert outcomes(database, first, second) == ("new", "new")
    with database.read() as session:
        told = near_queries.verdicts(session, suspicion.id)
    assert [(one.verdict, one.by) for one in told] == [("same", "0xAA"), ("different", "0xAA")]


def test_what_cannot_be_told_yet_stays_open_and_what_is_decided_does_not(database):
    *_, suspicion = a_likeness(database)
    decide(database, suspicion, Verdict.UNCLEAR)
    assert [one.id for one in raised(database)] == [suspicion.id]
    decide(database, suspicion, Verdict.DIFFERENT)
    assert raised(database) == []
    assert [one.id for one in raised(database, "different")] == [suspicion.id]


def test_a_conflict_decided_different_stays_blocked_while_its_key_is_taken(database):
    first, second, suspicion = a_conflict(database)
    assert decide(database, suspicion, Verdict.DIFFERENT).outcome is Outcome.CONFLICT
    assert outcomes(database, first, second) == ("new", "conflict")
    assert raised(database) == []


def test_a_corrected_invoice_takes_over_the_key_of_the_one_it_replaces(database):
    first, second, suspicion = a_conflict(database)
    decide(database, suspicion, Verdict.CORRECTED)
    assert outcomes(database, first, second) == ("replaced", "new")
    with database.read() as session:
        assert [one.invoice_id for one in session.scalars(select(InvoiceKey))] == [second]
    decide(database, suspicion, Verdict.SAME)
    assert outcomes(database, first, second) == ("new", "duplicate")
    with database.read() as session:
        assert [one.invoice_id for one in session.scalars(select(InvoiceKey))] == [first]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_no_decision_lets_two_accepted_invoices_hold_one_key(database, verdict):
    a_conflict(database)
    register(database, ubl(payable="2000.00"))
    for again in (verdict, *Verdict):
        for suspicion in raised(database, ""):
            decide(database, suspicion, again)
            with database.read() as session:
                counted = select(func.count(InvoiceKey.key)).group_by(InvoiceKey.scope, InvoiceKey.key)
                assert max(session.scalars(counted), default=0) <= 1


def test_what_was_decided_the_same_is_known_when_it_comes_again(database):
    _, second, suspicion = a_likeness(database)
    decide(database, suspicion, Verdict.SAME)
    again = register(database, ubl(number="2026-I7"))
    assert (again.outcome, again.of) == (Outcome.DUPLICATE, second)


@pytest.mark.parametrize("why", ["", "  ", "x" * (MAX_WHY_CHARS + 1)])
def test_a_decision_without_a_reason_is_refused(database, why):
    first, second, suspicion = a_likeness(database)
    with pytest.raises(ReasonMissing):
        decide(database, suspicion, Verdict.SAME, why)
    assert outcomes(database, first, second) == ("new", "review")


def test_what_is_not_suspected_cannot_be_decided(database):
    with pytest.raises(SuspicionUnknown):
        decide_suspicion(
            database, "sus_none", Verdict.SAME, why="w", by="x", clock=FixedClock(), ids=id_source()
        )


def test_the_queue_has_the_most_suspicious_first_in_pages(database):
    a_conflict(database)
    register(database, ubl(number="2026-I7"))
    register(database, ubl(number="99", seller_vat="DE811907980", seller_name="Nordlicht AG"))
    everything = raised(database)
    assert [one.score for one in everything] == sorted((one.score for one in everything), reverse=True)
    with database.read() as session:
        pages, after = [], ""
        while page := near_queries.suspicions(session, after=after, limit=1):
            pages += [one.id for one in page]
            after = page[-1].id
        assert near_queries.count(session) == len(pages)
        of_one_sign = near_queries.suspicions(session, sign="other_seller")
    assert pages == [one.id for one in everything]
    assert of_one_sign
    assert all("other_seller" in one.signs for one in of_one_sign)


def test_a_stranger_is_not_told_what_a_sellers_invoices_are_like(database):
    register(database, ubl())
    told = register(database, ubl(number="2026-I7"), uploader=STRANGER)
    assert (told.outcome, told.of, told.suspicions) == (Outcome.NEW, None, ())
    [kept] = raised(database)
    assert kept.is_hidden


def test_a_stranger_flags_nothing_of_the_sellers_and_the_operator_sees_both(database):
    register(database, ubl(number="2026-I7"), uploader=STRANGER)
    own = register(database, ubl())
    assert (own.outcome, own.suspicions) == (Outcome.NEW, ())
    [kept] = raised(database)
    assert (kept.invoice_id, kept.is_hidden) == (own.id, True)


def test_a_sellers_double_is_flagged_without_naming_the_other(database):
    register(database, ubl())
    double = Uploader(party=70, identifiers=(TaxId.of("DE811907980"),))
    told = register(database, ubl(seller_vat="DE811907980", seller_name="NORDLICHT AG"), uploader=double)
    assert (told.outcome, told.of) == (Outcome.REVIEW, None)
    assert [(one.of, one.signs, one.differs) for one in told.suspicions] == [("", ("other_seller",), ())]


def test_a_party_sees_what_is_suspected_of_its_own_and_nobody_elses(database):
    a_likeness(database)
    register(database, ubl(number="2026-17/1"), uploader=STRANGER)
    assert len(raised(database)) == 3
    for party, wanted in ((SELLER.party, 1), (STRANGER.party, 0), (99, 0)):
        seen = raised(database.on_behalf(Viewer(party)))
        assert len(seen) == wanted
    funder = Viewer(99, trusted_by=frozenset({SELLER.party}))
    assert len(raised(database.on_behalf(funder))) == 1


def test_more_neighbors_than_are_compared_are_said_and_not_passed_over(database):
    limit = LIMITS[Block.NUMBER]
    for place in range(limit + 1):
        amount = f"{1000 * 4 ** (place % 9) + place}.00"
        day = f"2026-{1 + place % 12:02}-{1 + place % 28:02}"
        register(
            database,
            ubl(number=f"2026-17-{'ACEFGHKMN'[place % 9] * (1 + place // 9)}", payable=amount, issued_on=day),
        )
    told = register(database, ubl(number="2026-17-XY", payable="7.00", issued_on="2026-06-30"))
    assert (told.outcome, told.reason) == (Outcome.REVIEW, "crowded")


def test_the_crowd_of_strangers_does_not_crowd_out_a_sellers_own(database):
    for place in range(LIMITS[Block.AMOUNT] + 5):
        register(database, ubl(number=f"X{place * 31}", seller_name=f"N{place}"), uploader=STRANGER)
    first = register(database, ubl(number="400"))
    copy = register(database, ubl(number="4OO"))
    assert (first.outcome, copy.outcome, copy.of) == (Outcome.NEW, Outcome.REVIEW, first.id)


def test_a_document_asks_the_database_few_questions_however_many_there_are(database):
    def asked() -> int:
        statements = []
        listen = lambda *given: statements.append(given[2])  # noqa: E731
        event.listen(database.engine, "before_cursor_execute", listen)
        register(database, ubl(number=f"N{len(numbers) * 7919}"))
        event.remove(database.engine, "before_cursor_execute", listen)
        numbers.append(1)
        return len([one for one in statements if one.startswith("SELECT")])

    numbers: list[int] = []
    counts = [asked() for _ in range(30)]
    assert max(counts) <= 6


def a_note(payable):
    return ubl(
        number="G-1", type_code="381", issued_on="2026-10-01", payable=payable, gross=payable,
        extra=preceding("2026-17"),
    )  # fmt: skip


def left_of(database, invoice):
    with database.read() as session:
        return correction_queries.chain(session, [invoice]).cap(invoice)


def test_of_two_credit_notes_in_conflict_the_accepted_one_takes_off(database):
    invoice = register(database, ubl()).id
    register(database, a_note("1.00"))
    register(database, a_note("100.00"))
    assert left_of(database, invoice) == 119_000 - 100
    (conflict,) = raised(database)
    decide(database, conflict, Verdict.CORRECTED)
    assert left_of(database, invoice) == 119_000 - 10_000
    decide(database, conflict, Verdict.SAME)
    assert left_of(database, invoice) == 119_000 - 100
