// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @dev Order p of the BN254 scalar field: the field of the circuits, and of every word of a stream (docs/LEDGER.md).
uint256 constant FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
