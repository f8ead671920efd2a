"""What is alike, what is suspected, and what is not: rule by rule."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from registry.invoices.identity import gist
from registry.invoices.invoice import Invoice, InvoiceClass, Line, Trader
from registry.invoices.near_keys import LIMITS, Block, Neighbor, blocks, searched, worth_reading
from registry.invoices.near_rules import (
    Amount,
    Day,
    Lines,
    Number,
    Portrait,
    Seller,
    amount_relation,
    core_name,
    day_relation,
    lines_relation,
    number_relation,
    portrait,
    seller_relation,
    similar,
)
from registry.invoices.near_score import (
    AMOUNT,
    DAY,
    LINES,
    MAX_SUSPICIONS,
    NUMBER,
    REVIEW_AT,
    Sign,
    suspicions,
    weigh,
)
from registry.invoices.near_sums import Sums
from registry.kit.identifiers import TaxId, normalize
from tests.invoices.builders import an_invoice

SHAFTS = Line("1", "Drive shaft", Decimal(10), Decimal("60"), Decimal("600"))
SEALS = Line("2", "Seal kit", Decimal(20), Decimal("20"), Decimal("400"))


def a_portrait(name: str = "one", **changes: object) -> Portrait:
    return drawn(an_invoice(**{"lines": (SHAFTS, SEALS), **changes}), name)


def drawn(invoice: Invoice, name: str) -> Portrait:
    told = gist(invoice)
    return portrait(
        invoice.as_json(),
        invoice_id=name,
        sellers=told.sellers,
        buyers=told.buyers,
        payable_minor=told.payable_minor,
    )


def signs(new: Portrait, *known: Portrait) -> tuple[str, ...]:
    found = suspicions(new, known)
    return found[0].signs if found else ()


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("2026-17", "2026/17", Number.SAME),
        ("2026-10", "2O26-I0", Number.LOOKALIKE),
        ("RE-85", "RE-BS", Number.LOOKALIKE),
        ("2026-0471", "2026-0741", Number.TRANSPOSED),
        ("2026-0471", "2026-0971", Number.ONE_CHANGED),
        ("2026-17", "2026-17-A", Number.AFFIX),
        ("2026-17", "2026-17/1", Number.AFFIX),
        ("2026-17", "R2026-17", Number.AFFIX),
        ("2026-17", "2026-18", Number.CONSECUTIVE),
        ("RE-0999", "RE-1003", Number.CONSECUTIVE),
        ("2026-17", "2026-99", Number.OTHER),
        ("7", "78", Number.OTHER),
    ],
)
def test_numbers_are_alike_as_a_hurried_eye_takes_them(one, other, wanted):
    plain = normalize(one), normalize(other)
    assert number_relation(*plain) is number_relation(*reversed(plain)) is wanted


@pytest.mark.parametrize(
    ("other", "wanted"),
    [
        (date(2026, 3, 9), Day.SAME),
        (date(2026, 9, 3), Day.SWAPPED),
        (date(2026, 3, 16), Day.NEAR),
        (date(2026, 3, 17), Day.CLOSE),
        (date(2026, 3, 29), Day.CLOSE),
        (date(2026, 3, 30), Day.FAR),
    ],
)
def test_days_are_alike_within_a_week_or_when_day_and_month_are_swapped(other, wanted):
    assert day_relation(date(2026, 3, 9), other) is wanted


@pytest.mark.parametrize(
    ("other", "wanted"),
    [
        (100_000, Amount.EQUAL),
        (100_001, Amount.SMALL_CHANGE),
        (99_000, Amount.SMALL_CHANGE),
        (98_999, Amount.RAISED),
        (300_000, Amount.RAISED),
        (300_001, Amount.OTHER),
        (0, Amount.OTHER),
    ],
)
def test_an_amount_is_a_little_changed_up_to_one_percent(other, wanted):
    assert amount_relation(100_000, other) is amount_relation(other, 100_000) is wanted


@pytest.mark.parametrize(
    "name",
    [
        "Nordlicht GmbH",
        "NORDLICHT AG",
        "Nordlicht GmbH & Co. KG",
        "Nordlicht S.p.A.",
        "Nordlicht, Ltd.",
        "nordlicht",
    ],
)
def test_a_name_counts_without_its_legal_form(name):
    assert core_name(name) == "NORDLICHT"


def test_names_are_one_in_two_spellings_and_not_for_a_part_in_common():
    assert core_name("Müller & Söhne GmbH") == core_name("Soehne Mueller GmbH")
    assert core_name("临江精工机械有限公司") == core_name("临江精工机械股份有限公司") == "临江精工机械"
    assert similar("NORDLICHTTECHNIK", "NORDLICHTECHNIK")
    assert not similar("NORDLICHTNORD", "NORDLICHTSUED")
    assert not similar("", "")
    assert core_name("GmbH") == "GMBH"


def test_lines_are_told_by_text_quantity_and_price_in_any_order():
    one = a_portrait()
    assert lines_relation(one, a_portrait(lines=(SEALS, SHAFTS))) is Lines.SAME
    dearer = replace(SHAFTS, unit_price=Decimal(70))
    assert lines_relation(one, a_portrait(lines=(dearer, SEALS))) is Lines.OTHER_PRICES
    more = replace(SHAFTS, quantity=Decimal(11))
    assert lines_relation(one, a_portrait(lines=(more, SEALS))) is Lines.SAME_ITEMS
    noted = tuple(replace(line, name=f"{line.name}, note 7") for line in (SHAFTS, SEALS))
    assert lines_relation(one, a_portrait(lines=noted)) is Lines.REWORDED
    assert lines_relation(one, a_portrait(lines=(SHAFTS,))) is Lines.OVERLAPPING
    assert lines_relation(one, a_portrait(lines=())) is Lines.UNKNOWN


def test_a_score_is_the_sum_of_the_points_in_the_table():
    one, other = a_portrait(), a_portrait("other", number="4711", lines=())
    found = weigh(one, other)
    points = NUMBER[Number.OTHER] + DAY[Day.SAME] + AMOUNT[Amount.EQUAL] + LINES[Lines.UNKNOWN]
    assert found is not None
    assert found.score == points == REVIEW_AT
    assert found.differs == ("number", "lines")


def test_the_same_invoice_under_an_altered_number_is_suspected():
    assert signs(a_portrait(number="2026-I7"), a_portrait()) == ("altered_number", "same_lines")


def test_next_months_invoice_over_the_same_lines_is_not_suspected():
    later = a_portrait("later", number="2026-18", issued_on=date(2026, 10, 1))
    assert suspicions(later, [a_portrait()]) == []


def test_another_period_explains_the_same_lines_and_the_same_period_does_not():
    august = (date(2026, 8, 1), date(2026, 8, 31))
    september = (date(2026, 9, 1), date(2026, 9, 30))
    one = a_portrait(period=august)
    assert suspicions(a_portrait("later", number="2026-18", period=september), [one]) == []
    late = a_portrait("later", number="2026-18", period=august, issued_on=date(2026, 10, 20))
    assert signs(late, one) == ("altered_number", "same_lines")


def test_the_same_amount_of_the_same_day_for_other_lines_is_not_suspected():
    other = Line("1", "Calibration", Decimal(1), Decimal(1000), Decimal(1000))
    assert suspicions(a_portrait("other", number="2026-18", lines=(other,)), [a_portrait()]) == []


def test_an_amount_raised_under_a_number_of_the_same_family_is_suspected():
    dearer = (replace(SHAFTS, unit_price=Decimal(90), amount=Decimal(900)), SEALS)
    raised = a_portrait(number="2026-17/1", lines=dearer, payable=Decimal("1547"))
    assert signs(raised, a_portrait())[0] == "raised_amount"


def test_without_lines_a_raised_amount_is_told_by_a_piece_added_to_the_number_the_same_day():
    one = a_portrait(lines=())
    raised = {"lines": (), "payable": Decimal("1547")}
    assert signs(a_portrait(number="2026-17 KOPIE", **raised), one)[0] == "raised_amount"
    assert signs(a_portrait(number="2026-71", **raised), one) == ()
    later = {"number": "2026-17/1", "issued_on": date(2026, 9, 8)}
    assert signs(a_portrait(**later, **raised), one) == ()


def test_another_tax_number_of_the_same_name_or_account_is_an_alias():
    double = (TaxId.of("DE811907980"),)
    one = a_portrait(accounts=("DE02 1203 0000 0000 2020 51",))
    renamed = a_portrait("alias", seller=Trader("NORDLICHT AG", "DE", double))
    assert seller_relation(renamed, one) is Seller.ALIAS
    paid = a_portrait("alias", seller=Trader("Other", "DE", double), accounts=("DE02120300000000202051",))
    assert seller_relation(paid, one) is Seller.ALIAS
    assert "other_seller" in signs(renamed, one)
    stranger = a_portrait("stranger", seller=Trader("Südwind AG", "DE", double))
    assert suspicions(stranger, [one]) == []


def test_the_same_content_for_another_payee_says_so():
    one = a_portrait(accounts=("DE1",))
    assert "changed_payee" in signs(a_portrait(number="2026-I7", accounts=("DE2",)), one)
    assert "changed_payee" not in signs(a_portrait(number="2026-I7", accounts=("DE1",)), one)
    factor = Trader("Faktor Bank", "DE", (TaxId.of("DE811907980"),))
    assert "changed_payee" in signs(a_portrait(number="2026-I7", payee=factor), one)


def parts() -> tuple[Portrait, Portrait]:
    first = a_portrait("first", number="2026-40", lines=(SHAFTS,), payable=Decimal("714"))
    second = a_portrait("second", number="2026-41", lines=(SEALS,), payable=Decimal("476"))
    return first, second


def test_one_invoice_cut_in_two_is_found_by_its_last_part():
    first, second = parts()
    found = suspicions(second, [a_portrait("whole"), first])
    assert [(one.of, one.signs) for one in found] == [("whole", ("cut_in_parts",))]
    assert suspicions(second, [first]) == []


def test_the_whole_after_its_parts_is_suspected_beside_each():
    assert {one.of for one in suspicions(a_portrait("whole"), parts())} == {"first", "second"}


def test_parts_may_be_a_cent_off_since_tax_is_rounded_on_each():
    first, second = parts()
    assert suspicions(replace(second, payable_minor=47_601), [a_portrait("whole"), first])
    assert not suspicions(replace(second, payable_minor=47_700), [a_portrait("whole"), first])


def test_two_deliveries_that_happen_to_add_up_are_not_one_cut_in_two():
    other = Line("1", "Calibration", Decimal(1), Decimal(600), Decimal(600))
    first = a_portrait("first", number="2026-40", lines=(other,), payable=Decimal("714"))
    assert suspicions(parts()[1], [a_portrait("whole"), first]) == []


def test_sums_are_found_in_twos_and_threes_and_each_once():
    pool = [a_portrait(str(amount), payable=Decimal(amount)) for amount in (1, 2, 3, 5, 9)]
    sums = Sums(pool)
    named = [tuple(one.id for one in group) for group in (*sums.twos(800), *sums.threes(800))]
    assert named == [("3", "5"), ("1", "2", "5")]
    assert [one.id for one in sums.ones(502)] == ["5"]


def test_a_credited_invoice_written_anew_is_flagged_and_the_credit_note_is_not():
    one = a_portrait(lines=())
    note = a_portrait(
        "note", number="2026-18", document_class=InvoiceClass.CREDIT_NOTE, preceding=("2026-17",), lines=()
    )
    anew = a_portrait("anew", number="2026-30", issued_on=date(2026, 9, 10), lines=())
    assert suspicions(note, [one]) == []
    assert signs(anew, one, note)[0] == "reissued"
    assert signs(anew, one) == ()


def test_a_correction_that_names_the_earlier_one_is_linked_to_it():
    later = a_portrait("later", number="2026-30", preceding=("2026-17",), issued_on=date(2026, 10, 5))
    assert signs(later, a_portrait())[0] == "reissued"


def test_the_best_suspicions_come_first_and_are_bounded():
    many = [a_portrait(f"copy-{place}", number=f"X{place * 37}") for place in range(MAX_SUSPICIONS + 5)]
    found = suspicions(a_portrait(), [*many, a_portrait("best", number="2O26-17")])
    assert len(found) == MAX_SUSPICIONS
    assert found[0].of == "best"


def meets(new: Portrait, one: Portrait) -> set[Block]:
    return {kind for kind, values in searched(new).items() if values & blocks(one)}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"number": "2O26-I7", "issued_on": date(2027, 6, 1), "payable": Decimal(9)}, Block.NUMBER),
        ({"number": "2026-17/1", "issued_on": date(2027, 6, 1), "payable": Decimal(9)}, Block.NUMBER),
        ({"number": "2026-17 KOPIE", "issued_on": date(2027, 6, 1), "payable": Decimal(9)}, Block.NUMBER),
        (
            {"number": "9", "issued_on": date(2026, 9, 8), "payable": Decimal("1201.80"), "lines": ()},
            Block.AMOUNT,
        ),
        ({"number": "9", "issued_on": date(2026, 1, 9), "lines": ()}, Block.AMOUNT),
        ({"number": "9", "issued_on": date(2026, 10, 20), "payable": Decimal(9)}, Block.LINES),
        ({"number": "9", "seller": Trader("Other", "DE", (TaxId.of("DE811907980"),))}, Block.GOODS),
        ({"number": "9", "issued_on": date(2026, 9, 28), "payable": Decimal(9), "lines": ()}, Block.PAIR),
    ],
)
def test_an_altered_copy_lies_in_a_block_that_is_searched(changes, wanted):
    assert wanted in meets(a_portrait("copy", **changes), a_portrait())
    assert wanted in meets(a_portrait(), a_portrait("copy", **changes))


@pytest.mark.parametrize(
    ("new", "known"),
    [(date(2026, 3, 1), date(2026, 2, 26)), (date(2026, 1, 30), date(2026, 2, 2)),
     (date(2026, 3, 1), date(2026, 1, 29)), (date(2026, 8, 31), date(2026, 9, 30))],
)  # fmt: skip
def test_an_invoice_cut_in_parts_is_looked_for_in_every_month_within_reach(new, known):
    bare = {"lines": (), "payable": Decimal(9)}
    assert Block.PAIR in meets(a_portrait("part", issued_on=new, **bare), a_portrait(issued_on=known))


def test_another_buyer_and_another_seller_share_no_block():
    other = Trader("Ferne AG", "DE", (TaxId.of("DE811907980"),))
    assert (
        meets(a_portrait("other", seller=other, buyer=replace(other, name="Weite AG")), a_portrait()) == set()
    )


def test_of_many_between_two_those_are_read_whose_amounts_fit():
    new = a_portrait()
    day = new.issued_on
    crowd = [Neighbor(f"n{place:03}", 10_000_007 + 7_919 * place, day, False) for place in range(200)]
    far = day + timedelta(31)
    fitting = [
        Neighbor("whole", 200_000, far, False),
        Neighbor("sibling", 200_000 - new.payable_minor, far, False),
    ]
    read = worth_reading(new, [*crowd, *fitting])
    assert {"whole", "sibling"} <= read
    assert len(read) < 60
    assert worth_reading(new, crowd[:40]) == {one.id for one in crowd[:40]}
    assert LIMITS[Block.PAIR] > 200


@pytest.mark.parametrize("seed", range(40))
def test_of_few_between_two_nothing_that_is_left_unread_would_be_suspected(seed):
    random = Random(seed)
    day = random.choice((date(2026, 9, 1), date(2026, 9, 12), date(2026, 9, 25)))
    amounts = [Decimal(random.choice((300, 500, 700, 1000, 1005, 1190, 1200, 1700, 3400))) for _ in range(30)]
    periods = ((None, None), (date(2026, 8, 1), date(2026, 8, 31)), (date(2026, 9, 1), date(2026, 9, 30)))
    some = [
        a_portrait(
            f"p{place:02}",
            number=random.choice(("2026-71", "2026-18", "2026-17-A", "2026-97", "44", "2O26-17", "2026-170")),
            issued_on=day + timedelta(random.choice((-31, -20, -18, -9, -7, -1, 0, 0, 1, 8, 20, 29))),
            payable=amount,
            period=random.choice(periods),
            lines=random.choice(((), (SHAFTS,), (SEALS,))),
            **random.choice(
                ({}, {}, {"document_class": InvoiceClass.CREDIT_NOTE, "preceding": ("2026-71", "2026-18")})
            ),
        )
        for place, amount in enumerate(amounts)
    ]
    for lines in ((), (SHAFTS,)):
        new = a_portrait("new", lines=lines, issued_on=day, period=random.choice(periods))
        pairs = [one for one in some if searched(new)[Block.PAIR] & blocks(one)]
        near = [Neighbor(one.id, one.payable_minor, one.issued_on, one.is_credit_note) for one in pairs]
        read = worth_reading(new, near)
        kept = [one for one in pairs if one.id in read or meets(new, one) - {Block.PAIR}]
        assert suspicions(new, kept) == suspicions(new, pairs)


def test_of_few_between_two_only_those_are_read_whose_amounts_are_close_or_fit():
    new = a_portrait(lines=())
    far = [Neighbor(f"n{place:02}", 10_000_007 + 7_919 * place, new.issued_on, False) for place in range(30)]
    close = Neighbor("close", new.payable_minor + 1, new.issued_on + timedelta(20), False)
    assert worth_reading(new, [*far, close]) == {"close"}


def test_each_sign_is_a_word_that_stays():
    assert {sign.value for sign in Sign} == {
        "reissued", "cut_in_parts", "other_seller", "changed_payee", "raised_amount", "altered_amount", "altered_date",
        "altered_number", "same_lines", "crowded",
    }  # fmt: skip
