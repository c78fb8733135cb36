// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {Batch, Checkpoint, IProvenRoots} from "./interfaces/IProvenRoots.sol";
import {BatchSignature} from "./libraries/BatchSignature.sol";
import {BatchStream} from "./libraries/BatchStream.sol";
import {FIELD_ORDER} from "./libraries/Field.sol";

/// @dev What a ledger of some size starts from; the same at home and on every mirror.
/// @param reservedAccounts l1Address, pubX and pubY of operator, treasury, gateway and governor; published, so that
/// the ledger can be rebuilt. That they give the genesis root only a rebuild can tell
struct LedgerParameters {
    uint256 genesisRoot;
    uint256 levels;
    uint256 maxOps;
    uint256 maxCells;
    uint256[12] reservedAccounts;
}

/// @title A chain of roots, each shown by a proof to follow from the one before.
abstract contract ProvenRoots is IProvenRoots {
    /// @dev Cells of a new ledger: the empty cell and four reserved accounts (docs/LEDGER.md section 1).
    uint32 private constant GENESIS_CELL_COUNT = 5;
    /// @dev Ids of cells have 24 bits and a level takes three of them.
    uint256 private constant MAX_LEVELS = 8;
    uint256 private constant MAX_CELLS_LIMIT = 999;

    /// @inheritdoc IProvenRoots
    uint256 public immutable domain;
    /// @inheritdoc IProvenRoots
    uint256 public immutable circuitId;
    /// @inheritdoc IProvenRoots
    bytes32 public immutable batchDomainSeparator;
    /// @inheritdoc IProvenRoots
    uint256 public immutable maxOps;
    /// @inheritdoc IProvenRoots
    address public immutable operator;
    /// @inheritdoc IProvenRoots
    IGroth16Verifier public immutable batchVerifier;
    /// @inheritdoc IProvenRoots
    IGroth16Verifier public immutable membershipVerifier;

    /// @dev The newest batch, and beside it what the operator has earned on home and not collected: every batch writes
    /// this slot anyway. All coins of a chain are far below 2^96 wei.
    struct Newest {
        uint64 number;
        uint40 time;
        uint32 cellCount;
        uint96 operatorsWei;
    }

    Newest internal _latest;
    /// @inheritdoc IProvenRoots
    mapping(uint64 number => uint256) public rootOf;

    constructor(
        uint256 homeChainId_,
        address homeContract_,
        IGroth16Verifier batchVerifier_,
        IGroth16Verifier membershipVerifier_,
        address operator_,
        LedgerParameters memory ledger
    ) {
        bool sized = ledger.levels >= 1 && ledger.levels <= MAX_LEVELS && ledger.maxOps >= 1
            && ledger.maxOps <= BatchStream.MAX_OPS_LIMIT && ledger.maxCells >= 1
            && ledger.maxCells <= MAX_CELLS_LIMIT;
        if (!sized) revert WrongCircuitSize(ledger.levels, ledger.maxOps, ledger.maxCells);
        // 0 marks a batch that has not been accepted.
        if (ledger.genesisRoot == 0 || ledger.genesisRoot >= FIELD_ORDER) revert WrongGenesisRoot(ledger.genesisRoot);
        domain = BatchStream.domainOf(homeChainId_, homeContract_);
        batchDomainSeparator = BatchSignature.domainSeparatorOf(homeChainId_, homeContract_);
        circuitId = BatchStream.circuitIdOf(ledger.levels, ledger.maxOps, ledger.maxCells);
        maxOps = ledger.maxOps;
        operator = operator_;
        batchVerifier = batchVerifier_;
        membershipVerifier = membershipVerifier_;
        rootOf[0] = ledger.genesisRoot;
        _latest.cellCount = GENESIS_CELL_COUNT;
        emit LedgerCreated(ledger.genesisRoot, ledger.levels, ledger.maxOps, ledger.maxCells, ledger.reservedAccounts);
    }

    /// @inheritdoc IProvenRoots
    function latest() external view returns (Checkpoint memory) {
        return Checkpoint({number: _latest.number, time: _latest.time, cellCount: _latest.cellCount});
    }

    /// @inheritdoc IProvenRoots
    function readCell(uint64 number, uint256 id, uint256[4] calldata fields, uint256[8] calldata proof)
        external
        view
        returns (bool)
    {
        uint256 root = rootOf[number];
        if (root == 0) revert UnknownBatch(number);
        return _isMember(root, id, fields, proof);
    }

    /// @dev Whether cell `id` is shown to hold `fields` under `root`.
    function _isMember(uint256 root, uint256 id, uint256[4] calldata fields, uint256[8] calldata proof)
        internal
        view
        returns (bool)
    {
        uint256[] memory inputs = new uint256[](6);
        inputs[0] = root;
        inputs[1] = id;
        for (uint256 i = 0; i < 4; i++) inputs[2 + i] = fields[i];
        return membershipVerifier.verifyProof(proof, inputs);
    }

    /// @dev Number and root of the newest batch.
    function _newest() internal view returns (uint64 number, uint256 root) {
        number = _latest.number;
        root = rootOf[number];
    }

    /// @dev Checks that the batch follows the newest one, and builds its stream.
    function _open(Batch calldata batch, bytes32 laneDataHash) internal view returns (uint256[] memory words) {
        Newest memory previous = _latest;
        if (batch.number != previous.number + 1) revert WrongBatchNumber(previous.number + 1, batch.number);
        uint256 previousRoot = rootOf[previous.number];
        if (batch.previousRoot != previousRoot) revert WrongPreviousRoot(previousRoot, batch.previousRoot);
        if (batch.time < previous.time) revert TimeBeforePreviousBatch(previous.time, batch.time);
        return BatchStream.build(batch, previous.cellCount, domain, circuitId, maxOps, laneDataHash);
    }

    /// @dev The hash that the operator signs, and the public inputs of the batch's proof.
    function _bind(Batch calldata batch, uint256[] memory words)
        internal
        pure
        returns (bytes32 streamHash, uint256[] memory inputs)
    {
        inputs = new uint256[](3);
        inputs[0] = batch.commitment;
        (streamHash, inputs[1], inputs[2]) = BatchStream.bind(words, batch.commitment);
    }

    /// @param typehash what the operator says of the batch
    function _requireOperatorsSignature(
        bytes32 typehash,
        uint64 number,
        bytes32 streamHash,
        bytes calldata signature
    ) internal view {
        BatchSignature.check(signature, batchDomainSeparator, typehash, number, streamHash, operator);
    }

    /// @dev Verifies the batch's proof and makes it the newest batch.
    /// @param operatorsWei what the batch earns for the operator
    function _accept(Batch calldata batch, uint256[] memory inputs, bytes32 laneDataHash, uint256 operatorsWei) internal {
        if (!batchVerifier.verifyProof(batch.proof, inputs)) revert InvalidProof();
        rootOf[batch.number] = batch.root;
        _latest = Newest({
            number: batch.number,
            time: batch.time,
            cellCount: batch.cellCount,
            operatorsWei: _latest.operatorsWei + uint96(operatorsWei)
        });
        emit BatchAccepted(batch.number, batch.root, batch.blockHash, laneDataHash, batch.time, batch.cellCount);
    }
}
