// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {IMetadata} from "./interfaces/IMetadata.sol";
import {Currencies} from "./types/Currencies.sol";
import {Dates} from "./types/Dates.sol";
import {LOT_FINANCED, LOT_FREE, LOT_LOCKED, LOT_PLEDGED, Lot} from "./types/Lot.sol";
import {Facts} from "./types/Receivable.sol";

/// @title Draws a lot: amount, currency, maturity, obligor's number, status. Holds no state.
contract Metadata is IMetadata {
    using Strings for uint256;

    /// @inheritdoc IMetadata
    function describe(uint256 id, uint256 lotWord, uint256 factsWord) external pure returns (string memory) {
        Lot lot = Lot.wrap(lotWord);
        Facts facts = Facts.wrap(factsWord);
        string memory currency = Currencies.code(facts.currency());
        string memory amount = Currencies.amount(lot.amount(), facts.currency());
        string memory date = Dates.iso(facts.maturity());
        string memory obligor = uint256(facts.obligor()).toString();
        string memory status = _status(lot, facts);
        string memory image = Base64.encode(bytes(_picture(amount, currency, date, obligor, status)));
        bytes memory json = abi.encodePacked(
            '{"name":"Lot ',
            id.toHexString(32),
            '","description":"A part of one receivable, registered with Counterfoil.","image":"data:image/svg+xml;base64,',
            image,
            '","attributes":[',
            _attributes(amount, currency, date, obligor, status),
            "]}"
        );
        return string.concat("data:application/json;base64,", Base64.encode(json));
    }

    function _attributes(
        string memory amount,
        string memory currency,
        string memory date,
        string memory obligor,
        string memory status
    ) private pure returns (string memory) {
        return string.concat(
            _trait("Amount", amount),
            ",",
            _trait("Currency", currency),
            ",",
            _trait("Maturity", date),
            ",",
            _trait("Obligor", obligor),
            ",",
            _trait("Status", status)
        );
    }

    function _trait(string memory name, string memory value) private pure returns (string memory) {
        return string.concat('{"trait_type":"', name, '","value":"', value, '"}');
    }

    function _picture(
        string memory amount,
        string memory currency,
        string memory date,
        string memory obligor,
        string memory status
    ) private pure returns (string memory) {
        return string.concat(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 240" font-family="sans-serif" fill="#fff">',
            '<rect width="400" height="240" rx="12" fill="#1d3a4a"/>',
            _line(48, 16, "Counterfoil"),
            _line(110, 32, string.concat(currency, " ", amount)),
            _line(156, 16, string.concat("Due ", date)),
            _line(182, 16, string.concat("Obligor ", obligor)),
            _line(208, 16, status),
            "</svg>"
        );
    }

    function _line(uint256 y, uint256 size, string memory text) private pure returns (string memory) {
        return string.concat(
            '<text x="24" y="', y.toString(), '" font-size="', size.toString(), '">', text, "</text>"
        );
    }

    function _status(Lot lot, Facts facts) private pure returns (string memory) {
        uint8 status = lot.status();
        if (status == LOT_FREE) return facts.isSuspended() ? "Suspended" : "Free";
        if (status == LOT_LOCKED) return "Locked";
        if (status == LOT_PLEDGED) return "Pledged";
        if (status == LOT_FINANCED) return "Financed";
        return "Ended";
    }
}
