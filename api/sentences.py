"""One plain sentence for each act that is signed, in English and in Chinese: what a person reads before the
typed data.

Pure: amounts in minor units with an ISO 4217 numeric currency, times in seconds since 1970 (UTC), names as
given. The sentences bind nobody; what is signed is the typed data, whose every figure and name they repeat.
Chinese terms follow the words of 银发〔2025〕77号 and the Civil Code: 确权, 子凭证, 追索权, 出质.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from registry.kit.clock import from_unix
from registry.kit.money import Money, currency
from registry.parties.rules import NO_CAP
from registry.receivables.rules import CONTEST_CODES

Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Said:
    """The same, in both languages."""

    en: str
    zh: str

    def __getitem__(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


_SCOPES: Mapping[str, Said] = {
    "register": Said("register", "登记"),
    "confirm": Said("confirm", "确权"),
    "transfer": Said("transfer", "转让"),
    "finance": Said("finance", "融资"),
    "settle": Said("settle", "结算"),
}
_CONTEST_CODES_ZH = {1: "不认可", 2: "重复", 3: "与合同不符", 4: "无交易关系", 5: "金额不符", 6: "其他"}


@dataclass(frozen=True)
class Claim:
    """A claim as sentences speak of it: a receivable or a lot of it."""

    obligor: str
    amount_minor: int
    currency: int
    maturity: int

    def money(self, amount_minor: int | None = None) -> str:
        value = self.amount_minor if amount_minor is None else amount_minor
        return str(Money(value, currency(self.currency)))

    @property
    def due(self) -> str:
        return day(self.maturity)

    @property
    def as_lot(self) -> Said:
        return Said(
            f"the lot of {self.money()} owed by {self.obligor}, due {self.due}",
            f"{self.obligor}应付的{self.money()}子凭证（到期日{self.due}）",
        )


def day(seconds: int) -> str:
    return from_unix(seconds).date().isoformat()


def minute(seconds: int) -> str:
    return from_unix(seconds).strftime("%Y-%m-%d %H:%M UTC")


def _listed(words: Sequence[Said]) -> Said:
    *most, last = [one.en for one in words]
    return Said(f"{', '.join(most)} and {last}" if most else last, "、".join(one.zh for one in words))


def _same(words: Sequence[str]) -> Said:
    return _listed([Said(one, one) for one in words])


# ---------------------------------------------------------------------- parties


def admission(name: str, identifier: str, number: int, account: str) -> Said:
    return Said(
        f"{name} ({identifier}) takes part as party {number}; the account {account} signs for it.",
        f"{name}（{identifier}）作为第{number}号参与方加入；由账户{account}代其签名。",
    )


def mandate(
    name: str, key: str, scopes: Sequence[str], valid_until: int, cap_minor: int, numeric: int
) -> Said:
    if numeric:
        most = str(Money(cap_minor, currency(numeric)))
        bound = Said(f"up to {most} an act", f"每笔不超过{most}")
    elif cap_minor == NO_CAP:
        bound = Said("without a limit in any currency", "任何币种均不设限额")
    else:
        bound = Said(
            f"up to {cap_minor} minor units of any currency an act",
            f"每笔不超过任何币种的{cap_minor}个最小单位",
        )
    may = _listed([_SCOPES[one] for one in scopes])
    until = day(valid_until)
    return Said(
        f"{name} lets the key {key} {may.en} for it, {bound.en}, until {until}.",
        f"{name}授权密钥{key}代其办理{may.zh}，{bound.zh}，有效期至{until}。",
    )


def veto(name: str, account: str) -> Said:
    return Said(
        f"{name} vetoes the account {account} that was proposed for it.",
        f"{name}否决为其提议的账户{account}。",
    )


def takeover(name: str, account: str) -> Said:
    return Said(
        f"The account {account} takes over for {name}; all its older keys end.",
        f"账户{account}接管{name}；其原有密钥全部失效。",
    )


def revocation(name: str, key: str) -> Said:
    return Said(f"{name} withdraws the mandate of the key {key}.", f"{name}撤销对密钥{key}的授权。")


def quota(name: str, quota_minor: int, numeric: int) -> Said:
    unit = currency(numeric)
    if quota_minor == 0:
        return Said(
            f"{name} lifts the bound on what it may owe in {unit.code}.",
            f"{name}取消其{unit.code}应付总额的上限。",
        )
    most = Money(quota_minor, unit)
    return Said(f"{name} bounds what it may owe to {most}.", f"{name}将其应付总额的上限定为{most}。")


# ---------------------------------------------------------------------- several at once


def _of_several(total_minor: int, numeric: int, number: int, what: Said) -> Said:
    total = Money(total_minor, currency(numeric))
    return Said(
        f"{number} {what.en}{'' if number == 1 else 's'} of {total} in all",
        f"共{number}笔{what.zh}，合计{total}",
    )


def registrations(originator: str, claims: Sequence[Claim]) -> Said:
    total = sum(one.amount_minor for one in claims)
    several = _of_several(total, claims[0].currency, len(claims), Said("receivable", "应收账款"))
    owed = _listed(
        [
            Said(
                f"{one.money()} by {one.obligor}, due {one.due}",
                f"{one.obligor}应付{one.money()}（{one.due}到期）",
            )
            for one in claims
        ]
    )
    return Said(
        f"{originator} registers {several.en}: {owed.en}.", f"{originator}登记{several.zh}：{owed.zh}。"
    )


def confirmations(obligor: str, owed: Sequence[tuple[Claim, str]]) -> Said:
    total = sum(claim.amount_minor for claim, _ in owed)
    several = _of_several(total, owed[0][0].currency, len(owed), Said("receivable", "应收账款"))
    parts = _listed(
        [
            Said(f"{claim.money()} to {to}, due {claim.due}", f"应付{to} {claim.money()}（{claim.due}到期）")
            for claim, to in owed
        ]
    )
    return Said(
        f"{obligor} confirms that it owes {several.en}: {parts.en}.",
        f"{obligor}确权{several.zh}：{parts.zh}。",
    )


def transfers(holder: str, moves: Sequence[tuple[Claim, str, int]]) -> Said:
    total = sum(amount for _, _, amount in moves)
    several = _of_several(total, moves[0][0].currency, len(moves), Said("part", "份额"))
    parts = _listed(
        [
            Said(
                f"{claim.money(amount)} owed by {claim.obligor}, due {claim.due}, to {to}",
                f"将{claim.obligor}应付的{claim.money(amount)}（{claim.due}到期）转让给{to}",
            )
            for claim, to, amount in moves
        ]
    )
    return Said(f"{holder} assigns {several.en}: {parts.en}.", f"{holder}转让{several.zh}：{parts.zh}。")


def settlements(settler: str, payments: Sequence[tuple[Claim, str, int, str]]) -> Said:
    total = sum(amount for _, _, amount, _ in payments)
    several = _of_several(total, payments[0][0].currency, len(payments), Said("payment", "付款"))
    parts = _listed(
        [
            Said(
                f"{claim.money(amount)} by {claim.obligor} to {payee}, reference {reference}",
                f"{claim.obligor}付给{payee} {claim.money(amount)}（付款编号{reference}）",
            )
            for claim, payee, amount, reference in payments
        ]
    )
    return Said(f"{settler} records {several.en}: {parts.en}.", f"{settler}记录{several.zh}：{parts.zh}。")


# ---------------------------------------------------------------------- receivables


def registration(claim: Claim, originator: str, settler: str | None) -> Said:
    records = (
        Said(f"{settler} records payments", f"付款由{settler}记录")
        if settler
        else Said("payments are recorded by receipt", "付款凭持有人收据记录")
    )
    return Said(
        f"{originator} registers that {claim.obligor} owes it {claim.money()}, due {claim.due}; {records.en}.",
        f"{originator}登记{claim.obligor}应付其{claim.money()}，到期日{claim.due}；{records.zh}。",
    )


def confirmation(claim: Claim, originator: str) -> Said:
    return Said(
        f"{claim.obligor} confirms that it owes {originator} {claim.money()}, due {claim.due}.",
        f"{claim.obligor}确权：应付{originator} {claim.money()}，到期日{claim.due}。",
    )


def declinature(claim: Claim, originator: str, owed_minor: int, reason: str) -> Said:
    owes = (
        Said(f"it owes {claim.money(owed_minor)}", f"应付{claim.money(owed_minor)}")
        if owed_minor
        else Said("it owes nothing of it", "分文不欠")
    )
    return Said(
        f"{claim.obligor} declines the receivable of {claim.money()} from {originator}, "
        f"due {claim.due}, and says that {owes.en}: {reason}.",
        f"{claim.obligor}拒绝对{originator}的{claim.money()}应收账款（到期日{claim.due}）确权，"
        f"并声明其{owes.zh}：{reason}。",
    )


def withdrawal(claim: Claim, originator: str, reason: str) -> Said:
    return Said(
        f"{originator} takes back the receivable of {claim.money()} that {claim.obligor} has not confirmed, "
        f"due {claim.due}: {reason}.",
        f"{originator}撤回{claim.obligor}尚未确权的{claim.money()}应收账款（到期日{claim.due}）：{reason}。",
    )


def cancellation(claim: Claim, originator: str, reason: str) -> Said:
    return Said(
        f"{originator} and {claim.obligor} undo the confirmed receivable of {claim.money()}, due {claim.due}: "
        f"{reason}; {claim.obligor} no longer owes it.",
        f"{originator}与{claim.obligor}共同撤销已确权的{claim.money()}应收账款（到期日{claim.due}）："
        f"{reason}；{claim.obligor}不再承担该笔债务。",
    )


def contest(claim: Claim, party: str, code: int, evidence: bytes) -> Said:
    shown = f"SHA-256 {evidence.hex()}"
    return Said(
        f"{party} contests {claim.as_lot.en}, as C{code:02} {CONTEST_CODES[code]}; evidence {shown}.",
        f"{party}对{claim.as_lot.zh}提出异议，理由C{code:02} {_CONTEST_CODES_ZH[code]}；证据{shown}。",
    )


# ---------------------------------------------------------------------- lots


def transfer(claim: Claim, holder: str, to: str, amount_minor: int) -> Said:
    lot = claim.as_lot
    if amount_minor == claim.amount_minor:
        return Said(f"{holder} assigns to {to} {lot.en}.", f"{holder}将{lot.zh}转让给{to}。")
    part = claim.money(amount_minor)
    return Said(f"{holder} assigns to {to} {part} of {lot.en}.", f"{holder}将{lot.zh}中的{part}转让给{to}。")


def rejection(claim: Claim, holder: str, back_to: str) -> Said:
    return Said(
        f"{holder} gives back to {back_to} {claim.as_lot.en}.", f"{holder}将{claim.as_lot.zh}退回{back_to}。"
    )


def lock(claim: Claim, holder: str, funder: str, until: int) -> Said:
    end = minute(until)
    return Said(
        f"{holder} holds {claim.as_lot.en}, for {funder} until {end}; nobody else can take it before.",
        f"{holder}为{funder}锁定{claim.as_lot.zh}，至{end}止；在此之前任何他人均不能取得。",
    )


def release(claim: Claim, by: str) -> Said:
    return Said(f"{by} ends the hold on {claim.as_lot.en}.", f"{by}解除对{claim.as_lot.zh}的锁定或质押。")


def sale(
    claim: Claim,
    holder: str,
    funder: str,
    *,
    price_minor: int,
    pays_on: str,
    with_recourse: bool,
    is_pledge: bool = False,
) -> Said:
    recourse = Said("with", "有追索权") if with_recourse else Said("without", "无追索权")
    does = Said("pledges", "出质") if is_pledge else Said("sells", "出售")
    price = claim.money(price_minor)
    return Said(
        f"{holder} {does.en} to {funder} {claim.as_lot.en}, for {price} "
        f"paid on {pays_on}, {recourse.en} recourse.",
        f"{holder}将{claim.as_lot.zh}{does.zh}给{funder}，价款{price}于{pays_on}支付，{recourse.zh}。",
    )


def enforcement(claim: Claim, funder: str, holder: str) -> Said:
    return Said(
        f"{funder} takes title from {holder} to {claim.as_lot.en}, which was pledged to it and is not paid.",
        f"{funder}实现质权，从{holder}取得已出质且未获清偿的{claim.as_lot.zh}。",
    )


def put_back(claim: Claim, funder: str, recourse: str) -> Said:
    return Said(
        f"{funder} puts back to {recourse}, which stands in for it, {claim.as_lot.en}.",
        f"{funder}行使追索权，将{claim.as_lot.zh}退还给负有回购义务的{recourse}。",
    )


def reassignment(claim: Claim, funder: str, to: str, *, price_minor: int, pays_on: str) -> Said:
    price = claim.money(price_minor)
    return Said(
        f"{funder} reassigns to {to} {claim.as_lot.en}, for {price} paid on {pays_on}.",
        f"{funder}将{claim.as_lot.zh}再转让给{to}，价款{price}于{pays_on}支付。",
    )


def write_off(claim: Claim, givers: Sequence[str], amount_minor: int, reason: str) -> Said:
    names, part, lot = _same(givers), claim.money(amount_minor), claim.as_lot
    return Said(
        f"{names.en} for good {'gives' if len(givers) == 1 else 'give'} up {part} of {lot.en}: {reason}.",
        f"{names.zh}永久核销{lot.zh}中的{part}：{reason}。",
    )


def settlement(claim: Claim, by: str, payee: str, amount_minor: int, reference: str) -> Said:
    paid, lot = claim.money(amount_minor), claim.as_lot
    return Said(
        f"{by} records that {claim.obligor} paid {payee} {paid} of {lot.en}, by payment {reference}.",
        f"{by}记录：{claim.obligor}就{lot.zh}向{payee}付款{paid}，付款编号{reference}。",
    )
