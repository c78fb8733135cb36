// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {FIELD_ORDER} from "./Field.sol";

/// @title The curve of the ledger keys (EIP-2494): 168700·x² + y² = 1 + 168696·x²·y².
library BabyJubJub {
    uint256 private constant A = 168700;
    uint256 private constant D = 168696;

    /// @return Whether (x, y) is a point of the curve with reduced coordinates that eightfold is not the neutral
    /// element: the key validity of docs/LEDGER.md section 3, so that an accepted deposit cannot fail for its key.
    function isValidKey(uint256 x, uint256 y) internal pure returns (bool) {
        if (x >= FIELD_ORDER || y >= FIELD_ORDER) return false;
        uint256 xx = mulmod(x, x, FIELD_ORDER);
        uint256 yy = mulmod(y, y, FIELD_ORDER);
        uint256 left = addmod(mulmod(A, xx, FIELD_ORDER), yy, FIELD_ORDER);
        uint256 right = addmod(1, mulmod(D, mulmod(xx, yy, FIELD_ORDER), FIELD_ORDER), FIELD_ORDER);
        if (left != right) return false;

        uint256 z = 1;
        for (uint256 i = 0; i < 3; i++) (x, y, z) = _double(x, y, z);
        // A is a square and D is not, so the doubling has no exceptions and z is never 0.
        return !(x == 0 && y == z);
    }

    /// @dev Doubling in projective coordinates, "dbl-2008-bbjlp" of the Explicit-Formulas Database for twisted
    /// Edwards curves.
    function _double(uint256 x, uint256 y, uint256 z) private pure returns (uint256, uint256, uint256) {
        uint256 xx = mulmod(x, x, FIELD_ORDER);
        uint256 yy = mulmod(y, y, FIELD_ORDER);
        uint256 cross = mulmod(2, mulmod(x, y, FIELD_ORDER), FIELD_ORDER);
        uint256 e = mulmod(A, xx, FIELD_ORDER);
        uint256 f = addmod(e, yy, FIELD_ORDER);
        uint256 j = addmod(f, FIELD_ORDER - mulmod(2, mulmod(z, z, FIELD_ORDER), FIELD_ORDER), FIELD_ORDER);
        return (
            mulmod(cross, j, FIELD_ORDER),
            mulmod(f, addmod(e, FIELD_ORDER - yy, FIELD_ORDER), FIELD_ORDER),
            mulmod(f, j, FIELD_ORDER)
        );
    }
}
