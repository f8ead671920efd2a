// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {Endings} from "./Endings.sol";
import {Recoveries} from "./Recoveries.sol";
import {Remedies} from "./Remedies.sol";
import {Views} from "./Views.sol";

/// @title The registry's rarer acts and its views. Runs as the registry's own code, over the registry's state: called
/// by itself it finds its own state empty, with nobody in charge.
contract Annex is Recoveries, Endings, Remedies, Views {
    constructor(address metadata_) EIP712("Counterfoil", "1") Ownable(address(this)) Views(metadata_) {}
}
