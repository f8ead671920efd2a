// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "./IConsents.sol";
import {IEndings} from "./IEndings.sol";
import {IFinancing} from "./IFinancing.sol";
import {IInvoices} from "./IInvoices.sol";
import {ILots} from "./ILots.sol";
import {IParties} from "./IParties.sol";
import {IReceivableRules} from "./IReceivableRules.sol";
import {IReceivables} from "./IReceivables.sol";
import {IRecoveries} from "./IRecoveries.sol";
import {IRemedies} from "./IRemedies.sol";
import {ISettlement} from "./ISettlement.sol";
import {ITransfers} from "./ITransfers.sol";
import {IViews} from "./IViews.sol";

/// @title The registry as contracts that call it see it: one contract, whichever part an act's code is in.
interface IRegistry is
    IConsents,
    IParties,
    IRecoveries,
    IInvoices,
    IReceivableRules,
    IReceivables,
    IEndings,
    ILots,
    ITransfers,
    IFinancing,
    ISettlement,
    IRemedies,
    IViews
{}
