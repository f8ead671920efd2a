// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReceivables} from "../../../../contracts/interfaces/IReceivables.sol";
import {Terms} from "../../../../contracts/types/Receivable.sol";
import {Given} from "./Proof.sol";
import {Lot, Facts, Limits, Obligation} from "./State.sol";
import {ByTerms, Use} from "./Terms.sol";
import {Truth, pick, t} from "./Truth.sol";
import {TwoParties} from "./TwoParties.sol";

/// @dev Of one invoice with one fingerprint.
contract ReceivablesProof is ByTerms, TwoParties {
    string private constant TERMS =
        "Terms(uint32 obligor,uint32 originator,uint32 settler,uint64 face,uint16 currency,uint32 maturity,uint32 issuedOn,uint32 deliveredOn,uint32 acceptedOn,bytes32 documentsRoot,bytes32 invoicesHash,bytes32 salt)";

    function check_register(Terms memory terms) external {
        Given memory g = given(terms.originator);
        Use memory u = anyUse(1);
        Truth may = _mayRegister(g, terms, u) & _originatorConsents(g, terms, _message("Registration", terms));
        _registers(terms, u);
        prove(g, may, abi.encodeCall(IReceivables.register, (terms, u.list, g.list)));
    }

    /// @dev A batch of one.
    function check_registerMany(Terms memory terms) external {
        Given memory g = given(terms.originator);
        Use memory u = anyUse(1);
        Truth may = _mayRegister(g, terms, u) & _originatorConsents(g, terms, _batch("Registrations", terms));
        _registers(terms, u);
        Terms[] memory all = new Terms[](1);
        all[0] = terms;
        bytes[] memory lists = new bytes[](1);
        lists[0] = u.list;
        prove(g, may, abi.encodeCall(IReceivables.registerMany, (all, lists, g.list)));
    }

    function check_registerConfirmed(Terms memory terms) external {
        Given memory g = givenOf(terms.originator, terms.obligor);
        Use memory u = anyUse(1);
        Truth may = _mayRegister(g, terms, u) & _originatorConsents(g, terms, _message("Registration", terms))
            & _obligorConsents(g, terms, _message("Confirmation", terms)) & _mayIssue(terms);
        uses(u, idOf(commitmentOf(terms)), terms.currency);
        _issues(terms);
        prove(g, may, abi.encodeCall(IReceivables.registerConfirmed, (terms, u.list, g.list)));
    }

    function check_confirm(Terms memory terms) external {
        Given memory g = given(terms.obligor);
        Truth may = _mayConfirm(terms) & _obligorConsents(g, terms, _message("Confirmation", terms));
        _issues(terms);
        prove(g, may, abi.encodeCall(IReceivables.confirm, (terms, g.list)));
    }

    /// @dev A batch of one.
    function check_confirmMany(Terms memory terms) external {
        Given memory g = given(terms.obligor);
        Truth may = _mayConfirm(terms) & _obligorConsents(g, terms, _batch("Confirmations", terms));
        _issues(terms);
        Terms[] memory all = new Terms[](1);
        all[0] = terms;
        prove(g, may, abi.encodeCall(IReceivables.confirmMany, (all, g.list)));
    }

    // ------------------------------------------------------------------ who signs what

    function _message(string memory name, Terms memory terms) private pure returns (bytes memory) {
        return abi.encode(
            keccak256(bytes(string.concat(name, "(Terms terms,uint40 deadline)", TERMS))), commitmentOf(terms)
        );
    }

    function _batch(string memory name, Terms memory terms) private pure returns (bytes memory) {
        return abi.encode(
            keccak256(bytes(string.concat(name, "(Terms[] terms,uint40 deadline)", TERMS))),
            keccak256(abi.encode(commitmentOf(terms)))
        );
    }

    function _originatorConsents(Given memory g, Terms memory terms, bytes memory message)
        private
        view
        returns (Truth)
    {
        return consented(g, terms.originator, TO_REGISTER, terms.currency, terms.face, message);
    }

    function _obligorConsents(Given memory g, Terms memory terms, bytes memory message)
        private
        view
        returns (Truth)
    {
        return consented(g, terms.obligor, TO_CONFIRM, terms.currency, terms.face, message);
    }

    // ------------------------------------------------------------------ what must hold

    function _mayRegister(Given memory g, Terms memory terms, Use memory u) private returns (Truth) {
        uint256 id = idOf(commitmentOf(terms));
        return t(limits().state == OPEN) & _isRegistrar(g.sender) & isActive(terms.originator)
            & hasRole(terms.originator, SUPPLIER) & _mayOwe(terms) & t(terms.originator != terms.obligor)
            & _isDue(terms) & t(terms.settler != terms.obligor) & t(terms.face != 0)
            & t(terms.face >= limits().minLot) & t(id != 0) & t(at(FACTS, id) == 0)
            & t(keccak256(u.list) == terms.invoicesHash) & mayUse(u, id, terms.currency)
            & t(u.amount == terms.face);
    }

    function _isRegistrar(address sender) private returns (Truth) {
        uint256 key = at(KEYS, uint160(sender));
        uint256 number = bits(key, 0, 32);
        return t(number != 0) & isActive(number) & hasRole(number, REGISTRAR)
            & t(bits(key, 32, 16) & TO_REGISTER != 0) & isLiveKey(key, number);
    }

    function _mayOwe(Terms memory terms) private returns (Truth) {
        return isActive(terms.obligor) & hasRole(terms.obligor, OBLIGOR)
            & t(partyAt(terms.obligor).flags & BARRED == 0);
    }

    function _isDue(Terms memory terms) private returns (Truth) {
        unchecked {
            return t(terms.maturity > block.timestamp)
                & t(terms.maturity <= block.timestamp + limits().tenorDays * 1 days);
        }
    }

    function _mayConfirm(Terms memory terms) private returns (Truth) {
        bytes32 commitment = commitmentOf(terms);
        uint256 word = at(FACTS, idOf(commitment));
        return t(limits().state == OPEN) & _mayOwe(terms) & _isDue(terms) & t(bits(word, 240, 8) == REGISTERED)
            & t(bits(word, 0, 192) == bits(uint256(commitment), 0, 192))
            & t(block.timestamp < bits(word, 192, 40)) & isActive(terms.originator) & _mayIssue(terms);
    }

    function _mayIssue(Terms memory terms) private returns (Truth) {
        Obligation memory o = obligationAt(totalOf(terms.obligor, terms.currency));
        assume(t(o.count < type(uint32).max));
        Truth isWithin;
        unchecked {
            isWithin = t(o.outstanding + terms.face <= pick(t(o.quota == 0), type(uint64).max, o.quota));
        }
        return isWithin & (t(terms.settler == 0) | (isActive(terms.settler) & hasRole(terms.settler, SETTLER)));
    }

    // ------------------------------------------------------------------ what changes

    function _registers(Terms memory terms, Use memory u) private {
        bytes32 commitment = commitmentOf(terms);
        uint256 id = idOf(commitment);
        uses(u, id, terms.currency);
        unchecked {
            uint256 expires = bits(block.timestamp + limits().expiryDays * 1 days, 0, 40);
            expect(FACTS, id, bits(uint256(commitment), 0, 192) | (expires << 192) | (REGISTERED << 240));
        }
    }

    function _issues(Terms memory terms) private {
        bytes32 commitment = commitmentOf(terms);
        uint256 id = idOf(commitment);
        uint256 key = totalOf(terms.obligor, terms.currency);
        Obligation memory o = obligationAt(key);
        unchecked {
            o.outstanding += terms.face;
            o.count += 1;
        }
        expect(OBLIGATIONS, key, packed(o));
        expect(
            FACTS,
            id,
            packed(
                Facts(
                    terms.face, 0, terms.maturity, terms.obligor, terms.settler, terms.currency, CONFIRMED, 0
                )
            )
        );
        expect(
            LOTS, uint256(commitment), packed(Lot(terms.originator, 0, terms.face, id, 0, 0, 0, FREE))
        );
    }
}
