// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// @title ISO 4217: numeric codes in letters, and how many digits stand after the point.
library Currencies {
    /// @dev Numeric code 3 digits, letters 3, decimals 1 digit, for the currencies trade is mostly done in; any other
    /// shows its number, with two decimals.
    bytes private constant KNOWN =
        "156CNY2" "840USD2" "978EUR2" "826GBP2" "392JPY0" "344HKD2" "702SGD2" "410KRW0" "756CHF2" "036AUD2" "124CAD2"
        "356INR2" "986BRL2" "484MXN2" "949TRY2" "704VND0" "360IDR2" "764THB2" "458MYR2" "608PHP2" "784AED2" "682SAR2"
        "414KWD3" "048BHD3" "512OMR3" "400JOD3" "788TND3" "368IQD3" "434LYD3" "152CLP0" "600PYG0" "352ISK0" "952XOF0"
        "950XAF0" "953XPF0" "710ZAR2" "752SEK2" "578NOK2" "208DKK2" "985PLN2" "203CZK2" "348HUF2" "901TWD2" "446MOP2"
        "643RUB2" "398KZT2" "800UGX0" "646RWF0" "174KMF0" "262DJF0" "108BIF0" "324GNF0" "548VUV0";

    function code(uint16 currency) internal pure returns (string memory) {
        uint256 place = _place(currency);
        return place == type(uint256).max ? _digits(currency) : string(_slice(place + 3, 3));
    }

    /// @param minor amount in minor units
    function amount(uint256 minor, uint16 currency) internal pure returns (string memory) {
        uint256 place = _place(currency);
        uint256 decimals = place == type(uint256).max ? 2 : uint8(KNOWN[place + 6]) - 48;
        if (decimals == 0) return Strings.toString(minor);
        uint256 unit = 10 ** decimals;
        // 1 in front keeps the zeros that lead the fraction.
        bytes memory fraction = bytes(Strings.toString(unit + (minor % unit)));
        fraction[0] = ".";
        return string.concat(Strings.toString(minor / unit), string(fraction));
    }

    function _place(uint16 currency) private pure returns (uint256) {
        bytes memory known = KNOWN;
        for (uint256 i; i < known.length; i += 7) {
            uint256 number = (uint256(uint8(known[i])) - 48) * 100 + (uint256(uint8(known[i + 1])) - 48) * 10
                + uint256(uint8(known[i + 2])) - 48;
            if (number == currency) return i;
        }
        return type(uint256).max;
    }

    function _digits(uint256 number) private pure returns (string memory) {
        bytes memory digits = bytes(Strings.toString(1000 + (number % 1000)));
        digits[0] = " ";
        return number < 1000 ? string(_tail(digits)) : Strings.toString(number);
    }

    function _tail(bytes memory text) private pure returns (bytes memory) {
        return abi.encodePacked(text[1], text[2], text[3]);
    }

    function _slice(uint256 start, uint256 length) private pure returns (bytes memory part) {
        bytes memory known = KNOWN;
        part = new bytes(length);
        for (uint256 i; i < length; ++i) {
            part[i] = known[start + i];
        }
    }
}
