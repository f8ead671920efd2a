// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Invoices} from "./Invoices.sol";
import {LotRules} from "./LotRules.sol";
import {IReceivableRules} from "./interfaces/IReceivableRules.sol";
import {CheckedTerms, Facts, RECEIVABLE_CONFIRMED, RECEIVABLE_REGISTERED, Terms} from "./types/Receivable.sol";

/// @title A receivable's identity, and what several acts ask of it.
abstract contract ReceivableRules is LotRules, Invoices, IReceivableRules {
    bytes32 private constant TERMS = keccak256(
        "Terms(uint32 obligor,uint32 originator,uint32 settler,uint64 face,uint16 currency,uint32 maturity,uint32 issuedOn,uint32 deliveredOn,uint32 acceptedOn,bytes32 documentsRoot,bytes32 invoicesHash,bytes32 salt)"
    );

    /// @dev Fields wider than their types are refused here, so that nothing but the members as they are typed can
    /// ever be hashed, logged or packed.
    /// @return checked the same terms
    /// @return commitment their EIP-712 struct hash, the root lot's id
    function _checked(Terms calldata terms) internal pure returns (CheckedTerms checked, bytes32 commitment) {
        bytes32 typeHash = TERMS;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 0x20), terms, 0x180)
            let wide := or(mload(add(free, 0x20)), mload(add(free, 0x40))) // obligor, originator
            wide := or(wide, or(mload(add(free, 0x60)), mload(add(free, 0xc0)))) // settler, maturity
            wide := or(wide, or(mload(add(free, 0xe0)), mload(add(free, 0x100)))) // issuedOn, deliveredOn
            wide := shr(32, or(wide, mload(add(free, 0x120)))) // acceptedOn
            wide := or(wide, or(shr(64, mload(add(free, 0x80))), shr(16, mload(add(free, 0xa0))))) // face, currency
            if wide { revert(0, 0) }
            commitment := keccak256(free, 0x1a0)
            checked := terms
        }
    }

    function _idOf(bytes32 commitment) internal pure returns (uint64) {
        return uint64(uint256(commitment) >> 192);
    }

    function _registered(uint64 receivable, bytes32 commitment) internal view returns (Facts facts_) {
        facts_ = _facts[receivable];
        if (facts_.status() != RECEIVABLE_REGISTERED) {
            if (!facts_.exists()) revert ReceivableUnknown(receivable);
            revert ReceivableNotRegistered(receivable, facts_.status());
        }
        if (!facts_.matches(commitment)) revert TermsMismatch(receivable);
    }

    function _confirmed(uint64 receivable) internal view returns (Facts facts_) {
        facts_ = _facts[receivable];
        if (facts_.status() != RECEIVABLE_CONFIRMED) {
            if (!facts_.exists()) revert ReceivableUnknown(receivable);
            revert ReceivableNotConfirmed(receivable, facts_.status());
        }
    }
}
