// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Lots: parts of one confirmed receivable that pass between named parties.
/// @notice Shows lots to explorers with ERC-721's `Transfer`, `ownerOf`, `tokenURI`, `name` and `symbol`; claims no
/// token standard.
interface ILots {
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);

    error Halted();
    error ReceivableSuspended(uint64 receivable);
    error LotUnknown(uint256 lot);
    error LotNotFree(uint256 lot, uint8 status);
    error LotRedeemed(uint256 lot);
    error SameParty(uint32 party);
    error AmountInvalid(uint64 amount, uint64 lotAmount);
    error SeqExhausted(uint256 lot);
    error NotEntitled(uint256 lot, uint32 party);
    error NotMature(uint256 lot, uint32 maturity);
}
