"""How the notices area says no."""

from registry.kit.errors import BadInput, Conflict, NotFound, Refusal


class WarningNotFound(NotFound):
    code = "warning_not_found"
    title = "There is no such warning"


class NoticeNotFound(NotFound):
    code = "notice_not_found"
    title = "There is no such notice"


class NoticeAcknowledged(Conflict):
    code = "notice_acknowledged"
    title = "The notice was acknowledged before"


class NoticeWithdrawn(Conflict):
    code = "notice_withdrawn"
    title = "The notice was taken back"


class NoticeSuperseded(Conflict):
    code = "notice_superseded"
    title = "A later notice of the same lot took this one's place"


class AccountNotFound(NotFound):
    code = "payment_account_not_found"
    title = "There is no such payment account"


class AccountNotBank(BadInput):
    code = "not_a_bank_account"
    title = "This is not an account payment can be made to"


class AccountBackdated(BadInput):
    code = "payment_account_backdated"
    title = "A payment account takes effect today or later"


class AccountAcknowledged(Conflict):
    code = "payment_account_acknowledged"
    title = "The payment account was acknowledged before"


class SecondPersonMissing(Refusal):
    code = "second_person_missing"
    title = "A payment account changes by two persons' signatures"
