"""The words for why an invoice may be another one once more, and for what is decided of it."""

from api.portal.words import mark
from registry.invoices.near_score import Sign
from registry.invoices.rules import Reason, Verdict

SIGNS = {
    Reason.OTHER_CONTENT.value: mark(
        "An invoice of this identity is here already, and it says something else."
    ),
    Sign.ALTERED_NUMBER.value: mark("It says what another invoice says, under another number."),
    Sign.ALTERED_DATE.value: mark("It says what another invoice says, with another date."),
    Sign.ALTERED_AMOUNT.value: mark(
        "It says what another invoice says, with an amount that is a little different."
    ),
    Sign.RAISED_AMOUNT.value: mark("It says what another invoice says, with a higher amount."),
    Sign.OTHER_SELLER.value: mark(
        "It says what an invoice of a seller of like name or of the same account says."
    ),
    Sign.CHANGED_PAYEE.value: mark("It says what another invoice says, and the money is to go elsewhere."),
    Sign.SAME_LINES.value: mark("Its lines are those of another invoice, and no new period explains it."),
    Sign.CUT_IN_PARTS.value: mark(
        "Together with another one it comes to exactly a third: one invoice cut in parts."
    ),
    Sign.REISSUED.value: mark(
        "It takes the place of an invoice that was credited: only one of the two may be used."
    ),
    Sign.CROWDED.value: mark("There are more invoices like it than can be compared."),
}
# The word, and the look of its badge.
STATES = {
    "open": (mark("to be decided"), "open"),
    Verdict.UNCLEAR.value: (mark("cannot be told yet"), "open"),
    Verdict.SAME.value: (mark("the same"), "bad"),
    Verdict.DIFFERENT.value: (mark("different"), "good"),
    Verdict.CORRECTED.value: (mark("corrected"), "quiet"),
}
VERDICTS = {
    Verdict.SAME: (mark("The same"), mark("The later one is a duplicate and is blocked.")),
    Verdict.DIFFERENT: (
        mark("Different"),
        mark("Both are honest. One that contradicts another stays blocked while that one holds its number."),
    ),
    Verdict.CORRECTED: (mark("Corrected"), mark("The later one replaces the earlier one, which is blocked.")),
    Verdict.UNCLEAR: (mark("Cannot tell yet"), mark("All stays as it is, and the question stays open.")),
}
