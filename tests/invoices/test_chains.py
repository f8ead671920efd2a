"""What corrections leave of an invoice: pure rules, whatever comes first."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.invoices.chains import (
    Candidate,
    Chain,
    Correcting,
    Doubt,
    Kind,
    Link,
    Node,
    Resolved,
    Standing,
    correcting,
    resolve,
)

DAY = date(2026, 9, 1)
EUR = 978


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def node(name: str, own: int, on: int = 0) -> Node:
    return Node(name, day(on), own)


def link(corrected: str, by: str | None, amount: int | None = None, **how: Any) -> Link:
    return Link(corrected, by, how.get("kind", Kind.CREDIT_NOTE), day(how.get("on", 1)), amount)


def chain(*parts: Node | Link, is_cut: bool = False) -> Chain:
    nodes = {one.id: one for one in parts if isinstance(one, Node)}
    return Chain(nodes, tuple(one for one in parts if isinstance(one, Link)), is_cut)


@pytest.mark.parametrize(
    ("document_class", "gross", "payable", "said"),
    [
        ("credit_note", 100, 100, Correcting(Kind.CREDIT_NOTE, 100)),
        ("credit_note", -100, -100, Correcting(Kind.CREDIT_NOTE, 100)),
        ("credit_note", 100, 0, Correcting(Kind.CREDIT_NOTE, 100)),  # paid out already: owed no more either
        ("credit_note", None, 70, Correcting(Kind.CREDIT_NOTE, 70)),
        ("invoice", -100, -100, Correcting(Kind.CORRECTION, 100)),
        ("correction", -100, -100, Correcting(Kind.CORRECTION, 100)),
        ("correction", 80, 80, Correcting(Kind.REPLACEMENT, 80)),
        ("correction", 80, 0, Correcting(Kind.REPLACEMENT, 0)),
        ("correction", 0, 0, Correcting(Kind.CANCELLATION, None)),
        ("invoice", 100, 100, None),  # a final invoice names its advances
        ("invoice", 100, 0, None),
    ],
)
def test_what_a_document_does_to_those_it_names(
    document_class: str, gross: int | None, payable: int, said: Correcting | None
) -> None:
    assert correcting(document_class, gross, payable) == said


def test_credit_notes_lower_the_cap_and_never_below_zero() -> None:
    notes = (node("c", 30), node("d", 90))
    assert chain(node("a", 100)).cap("a") == 100
    assert chain(node("a", 100), *notes, link("a", "c", 30)).cap("a") == 70
    assert chain(node("a", 100), *notes, link("a", "c", 30), link("a", "d", 90)).cap("a") == 0


def test_a_cancellation_and_an_authoritys_finding_leave_nothing() -> None:
    canceled = link("a", "c", None, kind=Kind.CANCELLATION)
    assert chain(node("a", 100), node("c", 0), canceled).cap("a") == 0
    assert chain(node("a", 100), link("a", None, None, kind=Kind.CANCELLATION)).cap("a") == 0


def test_a_credit_note_of_a_credit_note_gives_back_what_it_took_and_no_more() -> None:
    parts = (node("a", 100), node("c", 30), node("d", 20), link("a", "c", 30), link("c", "d", 20, on=2))
    assert chain(*parts).cap("a") == 90
    more = chain(*parts[:2], node("d", 50), link("a", "c", 30), link("c", "d", 50, on=2))
    assert more.cap("a") == 100


def test_a_replacement_takes_over_with_what_was_used_and_without_what_was_credited_before() -> None:
    found = chain(
        node("a", 100),
        node("r", 80, 3),
        node("before", 20, 1),
        node("after", 5, 4),
        link("a", "r", 80, kind=Kind.REPLACEMENT, on=3),
        link("a", "before", 20, on=1),
        link("a", "after", 5, on=4),
    )
    assert found.family("a") == found.family("r") == {"a", "r"}
    assert found.is_replaced("a")
    assert not found.is_replaced("r")
    assert found.cap("a") == found.cap("r") == 75


def test_of_rival_replacements_the_smallest_counts_for_all_together() -> None:
    found = chain(
        node("a", 100),
        node("r", 80),
        node("s", 60),
        link("a", "r", 80, kind=Kind.REPLACEMENT),
        link("a", "s", 60, kind=Kind.REPLACEMENT),
    )
    assert found.family("r") == {"a", "r", "s"}
    assert found.cap("r") == found.cap("s") == 60


def test_documents_that_correct_each_other_in_a_circle_raise_nothing() -> None:
    circle = (node("c", 30), node("d", 30), link("c", "d", 30), link("d", "c", 30))
    assert chain(node("a", 100), *circle, link("a", "c", 30)).cap("a") == 70
    swapped = (link("a", "b", 90, kind=Kind.REPLACEMENT), link("b", "a", 100, kind=Kind.REPLACEMENT))
    assert chain(node("a", 100), node("b", 90), *swapped).cap("a") == 0
    assert chain(node("c", 30), link("c", "c", 30)).cap("c") == 0


def test_a_chain_that_is_too_long_to_be_read_backs_nothing() -> None:
    assert chain(node("a", 100), is_cut=True).cap("a") == 0


def test_a_thousand_corrections_that_all_name_each_other_are_judged_at_once() -> None:
    names = [f"c{number}" for number in range(31)]
    links = [link(one, other, 7) for one in names for other in names if one != other]
    assert chain(node("a", 100), *(node(one, 7) for one in names), link("a", "c0", 7), *links).cap("a") == 93


KINDS = st.sampled_from([Kind.CREDIT_NOTE, Kind.CORRECTION, Kind.CANCELLATION, Kind.REPLACEMENT])


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    names = [f"d{number}" for number in range(draw(st.integers(1, 7)))]
    nodes = {one: Node(one, day(draw(st.integers(0, 5))), draw(st.integers(0, 100))) for one in names}
    pairs = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names), KINDS), max_size=12))
    links = [
        Link(one, by, kind, nodes[by].issued_on, None if kind is Kind.CANCELLATION else nodes[by].own_minor)
        for one, by, kind in pairs
    ]
    return Chain(nodes, tuple(links))


@given(chains(), st.randoms(use_true_random=False))
def test_the_order_in_which_corrections_are_known_changes_no_cap(found: Chain, random: Any) -> None:
    links = list(found.links)
    random.shuffle(links)
    nodes = dict(sorted(found.nodes.items(), reverse=True))
    again = Chain(nodes, tuple(links))
    assert {one: again.cap(one) for one in nodes} == {one: found.cap(one) for one in nodes}


@given(chains())
def test_a_cap_is_never_negative_and_one_family_has_one(found: Chain) -> None:
    for one in found.nodes:
        assert found.cap(one) >= 0
        assert {found.cap(each) for each in found.family(one)} == {found.cap(one)}
        if not found.is_corrected(one):
            assert found.cap(one) <= max(found.nodes[each].own_minor for each in found.family(one))


@given(chains(), st.integers(0, 100))
def test_one_more_credit_note_never_raises_the_cap_of_what_it_corrects(found: Chain, amount: int) -> None:
    corrected = min(found.nodes)
    nodes = {**found.nodes, "new": Node("new", day(9), amount)}
    more = Chain(nodes, (*found.links, Link(corrected, "new", Kind.CREDIT_NOTE, day(9), amount)))
    assert more.cap(corrected) <= found.cap(corrected)


def candidate(name: str, *, on: int = 0, is_credit_note: bool = False, currency: int = EUR) -> Candidate:
    return Candidate(name, is_credit_note, day(on), currency)


@pytest.mark.parametrize(
    ("candidates", "resolved"),
    [
        ([], Resolved(Standing.WAITING)),
        ([candidate("a")], Resolved(Standing.STANDS, "a")),
        ([candidate("a", on=5)], Resolved(Standing.STANDS, "a")),
        ([candidate("a", on=6)], Resolved(Standing.DOUBTFUL, doubt=Doubt.DATED_BEFORE)),
        ([candidate("a"), candidate("b")], Resolved(Standing.DOUBTFUL, doubt=Doubt.SEVERAL)),
        ([candidate("a"), candidate("b", on=6)], Resolved(Standing.STANDS, "a")),
        ([candidate("a"), candidate("c", is_credit_note=True)], Resolved(Standing.STANDS, "a")),
        ([candidate("c", is_credit_note=True)], Resolved(Standing.STANDS, "c")),
        ([candidate("a", currency=156)], Resolved(Standing.DOUBTFUL, "a", Doubt.OTHER_CURRENCY)),
    ],
)
def test_which_document_a_correction_of_the_fifth_day_means(
    candidates: list[Candidate], resolved: Resolved
) -> None:
    assert resolve(candidates, day(5), EUR) == resolved


def test_a_later_invoice_of_the_same_number_takes_no_link_away() -> None:
    both = [candidate("a"), candidate("b")]
    assert resolve(both, day(5), EUR, linked="a") == Resolved(Standing.STANDS, "a")
    assert resolve(both, day(5), EUR) == Resolved(Standing.DOUBTFUL, doubt=Doubt.SEVERAL)
    beside = [candidate("c", is_credit_note=True), candidate("a")]
    assert resolve(beside, day(5), EUR, linked="c") == Resolved(Standing.STANDS, "a")
