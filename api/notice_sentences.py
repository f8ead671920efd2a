"""One plain sentence for each statement the registry keeps as evidence, in English and in Chinese. Pure; conventions as
in ``sentences``. Chinese terms follow the Civil Code: 债权转让通知, 受让人, 撤销."""

from collections.abc import Mapping

from api.sentences import Claim, Said, day, minute
from registry.notices.rules import AssignmentKind as Kind

_KINDS: Mapping[str, Said] = {
    Kind.TRANSFER: Said("transfer", "转让"),
    Kind.RETURN: Said("return", "退回"),
    Kind.SALE: Said("sale", "出售"),
    Kind.PLEDGE: Said("pledge", "出质"),
    Kind.RELEASE: Said("release of a pledge", "解除质押"),
    Kind.ENFORCEMENT: Said("enforcement of a pledge", "实现质权"),
    Kind.REASSIGNMENT: Said("reassignment", "再转让"),
    Kind.PUT_BACK: Said("put back under recourse", "追索退回"),
    Kind.ORDER: Said("the arbiter's order", "裁定转移"),
}


def notice_acknowledgment(
    claim: Claim, assignor: str, assignee: str, payee: str, kind: str, arrived_at: int
) -> Said:
    """``kind`` as the registry names it."""
    return Said(
        f"{claim.obligor} acknowledges the notice of {minute(arrived_at)} ({_KINDS[kind].en}): {claim.as_lot.en} passed "
        f"from {assignor} to {assignee}; it pays {payee}.",
        f"{claim.obligor}确认已收到{minute(arrived_at)}到达的债权转让通知（{_KINDS[kind].zh}）：{claim.as_lot.zh}由{assignor}"
        f"转至{assignee}，并向{payee}付款。",
    )


def notice_withdrawal(claim: Claim, assignor: str, assignee: str, payee: str, kind: str, reason: str) -> Said:
    """``payee``: who is paid again; the assignee signs."""
    return Said(
        f"{assignee} takes back the notice ({_KINDS[kind].en}) that {claim.as_lot.en} passed to it from {assignor}; "
        f"{claim.obligor} pays {payee} again. Reason: {reason}.",
        f"{assignee}撤销关于{claim.as_lot.zh}由{assignor}转至其名下的债权转让通知（{_KINDS[kind].zh}）；{claim.obligor}恢复向"
        f"{payee}付款。理由：{reason}。",
    )


def account_instruction(
    party: str, code: str, bank_account: Said, former: Said | None, effective_from: int
) -> Said:
    """``bank_account`` and ``former`` as ``BankAccount`` says them."""
    instead = Said(f", no longer to {former.en}", f"，不再付至{former.zh}") if former else Said("", "")
    return Said(
        f"{party} is paid in {code} from {day(effective_from)} on to {bank_account.en}{instead.en}.",
        f"自{day(effective_from)}起，应付{party}的{code}款项付至{bank_account.zh}{instead.zh}。",
    )


def account_acknowledgment(
    obligor: str, party: str, code: str, bank_account: Said, effective_from: int
) -> Said:
    return Said(
        f"{obligor} has checked {bank_account.en} and pays {party} there in {code} from {day(effective_from)} on.",
        f"{obligor}已核对{bank_account.zh}，自{day(effective_from)}起将应付{party}的{code}款项付至该账户。",
    )


def _at(bank_scheme: str, bank: str) -> Said:
    return Said(f" at {bank_scheme} {bank}", f"（开户行{bank_scheme} {bank}）") if bank else Said("", "")


class BankAccount(Said):
    """An account as these sentences speak of it."""

    @classmethod
    def of(cls, holder_name: str, number: str, bank_scheme: str, bank: str) -> "BankAccount":
        at = _at(bank_scheme, bank)
        return cls(
            f"the account {number} of {holder_name}{at.en}", f"户名{holder_name}、账号{number}的账户{at.zh}"
        )
