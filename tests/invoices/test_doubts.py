from decimal import Decimal

import pytest

from registry.invoices import sample_set as samples
from registry.invoices.doubts import Doubt, doubts, has_valid_check_digits
from registry.invoices.invoice import Trader
from registry.invoices.use_cases import read_invoice
from registry.kit.identifiers import TAX, TaxId
from tests.invoices.builders import an_invoice


@pytest.mark.parametrize("name", samples.NAMES)
def test_our_samples_raise_no_doubts(name):
    assert doubts(read_invoice(samples.read(name), name)[0]) == ()


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        (TaxId.of("DE136695976"), True),
        (TaxId.of("DE136695978"), False),
        (TaxId.of("EL094014201"), True),
        (TaxId.of("91330206MA2NB8Q357", country="CN", scheme=TAX), True),
        (TaxId.of("91330206MA2NB8Q358", country="CN", scheme="USCC"), False),
        (TaxId.of("NO 995 525 828 MVA"), True),
        (TaxId.of("CHE-100.155.212 MWST"), True),
        (TaxId.of("201/113/40209", country="DE", scheme=TAX), None),
        (TaxId.of("123", country="BR"), None),
    ],
)
def test_check_digits_are_looked_at_where_they_are_known(identifier, expected):
    assert has_valid_check_digits(identifier) is expected


def test_wrong_check_digits_are_doubtful_and_not_refused():
    wrong = Trader("Nordlicht GmbH", "DE", (TaxId.of("DE123456789"),))
    assert doubts(an_invoice(seller=wrong)) == (Doubt.SELLER_CHECK_DIGIT,)
    assert doubts(an_invoice(buyer=wrong)) == (Doubt.BUYER_CHECK_DIGIT,)


def test_more_payable_than_the_total_is_doubtful_beyond_rounding():
    assert doubts(an_invoice(payable=Decimal("1190.50"))) == ()
    assert doubts(an_invoice(payable=Decimal("1200"))) == (Doubt.PAYABLE_ABOVE_GROSS,)
