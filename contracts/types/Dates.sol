// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// @title Seconds since 1970 as a date, UTC.
library Dates {
    /// @return text YYYY-MM-DD in the Gregorian calendar
    function iso(uint256 time) internal pure returns (string memory text) {
        uint256 left = time / 1 days;
        uint256 year = 1970;
        for (uint256 length = 365; left >= length; length = _isLeap(year) ? 366 : 365) {
            left -= length;
            ++year;
        }
        uint256 month = 1;
        for (uint256 length = 31; left >= length; length = _daysIn(month, year)) {
            left -= length;
            ++month;
        }
        return string.concat(Strings.toString(year), "-", _two(month), "-", _two(left + 1));
    }

    function _two(uint256 number) private pure returns (string memory) {
        string memory digits = Strings.toString(number);
        return number < 10 ? string.concat("0", digits) : digits;
    }

    function _daysIn(uint256 month, uint256 year) private pure returns (uint256) {
        if (month == 2) return _isLeap(year) ? 29 : 28;
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }

    function _isLeap(uint256 year) private pure returns (bool) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }
}
