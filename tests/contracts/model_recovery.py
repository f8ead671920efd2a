"""The model's part about lost accounts: who may propose another, who may object, when it takes over."""

from dataclasses import replace

from registry.chain.messages import Takeover, Veto
from tests.contracts.model import DAY, MAX_AMOUNT, Act, Key, PartiesModel, Refusals

WAIT = 7 * DAY
ANY_SCOPE = 0xFFFF


class RecoveryModel(PartiesModel):
    """Accounts proposed, vetoed and taken; the arbiter's own replacement."""

    def _foreign_to_arbiter(self, act: Act) -> Refusals:
        return set() if act.sender.address == self.arbiter else {"SenderNotArbiter"}

    def _unbindable(self, number: int, account: str) -> Refusals:
        key = self.keys.get(account)
        is_own = key is not None and key.party == number and self.parties[number].account != account
        return set() if key is None or is_own else {"AddressAlreadyBound"}

    def _proposeAccount(self, act: Act, number: int, account: str) -> Refusals:  # noqa: N802
        if number not in self.parties:
            return {"UnknownParty"}
        is_vetoed = self.parties[number].is_vetoed
        bad = self._foreign_to_arbiter(act) if is_vetoed else self._foreign(act)
        bad |= self._unbindable(number, account)
        if not bad:
            self.recoveries[number] = (account, self.now + WAIT)
        return bad

    def _vetoAccount(self, act: Act, number: int) -> Refusals:  # noqa: N802
        if number not in self.parties:
            return {"UnknownParty"}
        if number not in self.recoveries:
            return {"ProposalUnknown"}
        party = self.parties[number]
        bad = {"ProposalFinal"} if party.is_vetoed else set()
        message = Veto(number, self.recoveries[number][0], party.nonce)
        bad |= self._dissent(act, number, message, ANY_SCOPE)
        if not bad:
            self.parties[number] = replace(party, is_vetoed=True, nonce=party.nonce + 1)
            del self.recoveries[number]
        return bad

    def _takeAccount(self, act: Act, number: int) -> Refusals:  # noqa: N802
        if number not in self.parties:
            return {"UnknownParty"}
        if number not in self.recoveries:
            return {"ProposalUnknown"}
        party, (account, effective) = self.parties[number], self.recoveries[number]
        bad = {"ProposalWaits"} if self.now < effective else set()
        bad |= {"EpochExhausted"} if party.epoch == 255 else set()
        bad |= self._unbindable(number, account)
        bad |= self._unsigned(act, account, Takeover(number, account, party.nonce))
        if not bad:
            epoch = party.epoch + 1
            self.parties[number] = replace(
                party, account=account, epoch=epoch, nonce=party.nonce + 1, is_vetoed=False
            )
            self.keys[account] = Key(number, 0xFFFF, 0, 2**40 - 1, MAX_AMOUNT, epoch)
            del self.recoveries[number]
        return bad

    def _setArbiter(self, act: Act, arbiter: str) -> Refusals:  # noqa: N802
        bad = self._foreign_to_arbiter(act)
        if not bad:
            self.arbiter = arbiter
        return bad
