// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {INeuraRollup, Terms} from "./interfaces/INeuraRollup.sol";

/// @title What the home contract promises, fixed for ever.
abstract contract FixedTerms is INeuraRollup {
    uint32 internal immutable _inclusionDelay;
    uint32 internal immutable _entryInterval;
    uint32 internal immutable _freezeDelay;
    uint32 internal immutable _bondDelay;
    uint32 internal immutable _maxTimeLag;
    uint64 internal immutable _feeStepWei;
    uint8 internal immutable _mirrorCount;
    address internal immutable _recovery;

    constructor(Terms memory terms_) {
        bool isComplete = terms_.inclusionDelay != 0 && terms_.entryInterval != 0 && terms_.freezeDelay != 0
            && terms_.maxTimeLag != 0 && terms_.recovery != address(0);
        if (!isComplete) revert WrongTerms(terms_);
        _inclusionDelay = terms_.inclusionDelay;
        _entryInterval = terms_.entryInterval;
        _freezeDelay = terms_.freezeDelay;
        _bondDelay = terms_.bondDelay;
        _maxTimeLag = terms_.maxTimeLag;
        _feeStepWei = terms_.feeStepWei;
        _mirrorCount = terms_.mirrorCount;
        _recovery = terms_.recovery;
    }

    /// @inheritdoc INeuraRollup
    function terms() external view returns (Terms memory) {
        return Terms({
            inclusionDelay: _inclusionDelay,
            entryInterval: _entryInterval,
            freezeDelay: _freezeDelay,
            bondDelay: _bondDelay,
            maxTimeLag: _maxTimeLag,
            feeStepWei: _feeStepWei,
            mirrorCount: _mirrorCount,
            recovery: _recovery
        });
    }
}
