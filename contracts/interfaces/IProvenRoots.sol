// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGroth16Verifier} from "./IGroth16Verifier.sol";

/// @notice A proven batch, the same for home and mirrors. All that is needed to rebuild the ledger is in here.
/// @param number the first batch is 1
/// @param time the batch's time T, seconds since 1970
/// @param cellCount cells in use after the batch
/// @param previousRoot ledger root before the batch; must be the root of batch number − 1
/// @param root ledger root after the batch
/// @param blockHash hash of the batch's last block of the contract lane; 0 if it has none
/// @param priorityBits bit i: operation i comes from the queue
/// @param validityBits bit i: operation i is valid; set for the padding up to the size of the circuit
/// @param ops four words of 32 bytes for each operation; what is missing up to the size of the circuit is noops
/// @param priority one word for each set priority bit, in the order of the operations: who queued the operation at home,
/// caller(160)@0, and when, queuedAt(40)@160 in seconds since 1970; the bits above are zero
/// @param commitment the prover's commitment C to the stream
/// @param proof Groth16: A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y
struct Batch {
    uint64 number;
    uint40 time;
    uint32 cellCount;
    uint256 previousRoot;
    uint256 root;
    bytes32 blockHash;
    uint256 priorityBits;
    uint256 validityBits;
    bytes ops;
    uint256[] priority;
    uint256 commitment;
    uint256[8] proof;
}

/// @notice The newest accepted batch.
struct Checkpoint {
    uint64 number;
    uint40 time;
    uint32 cellCount;
}

/// @title A chain of proven ledger roots: what the home contract and the mirrors have in common.
interface IProvenRoots {
    /// @notice Emitted once, by the constructor: all that is needed to rebuild the ledger from its start.
    /// @param reservedAccounts l1Address, pubX and pubY of operator, treasury, gateway and governor
    event LedgerCreated(
        uint256 genesisRoot,
        uint256 levels,
        uint256 maxOps,
        uint256 maxCells,
        uint256[12] reservedAccounts
    );
    /// @notice A batch was proven and accepted; the transaction's calldata holds its operations.
    /// @param blockHash as the sender gave it: its lowest byte is not part of the stream, and neither proof nor
    /// signature binds it
    /// @param laneDataHash keccak256 of the batch's contract-lane data; on mirrors the lowest byte is not bound
    event BatchAccepted(
        uint64 indexed number,
        uint256 root,
        bytes32 blockHash,
        bytes32 laneDataHash,
        uint40 time,
        uint32 cellCount
    );

    /// @notice The signature is not the operator's for this batch.
    error NotSignedByOperator(address expected, address actual);
    /// @notice A signature has 65 bytes: r, s, v.
    error WrongSignatureLength(uint256 expected, uint256 actual);
    /// @notice Every signature has a twin with the other s; only the one with the lower s counts (EIP-2).
    error SignatureNotCanonical(bytes32 s);
    /// @notice Batches are accepted one after the other: submit number `expected`.
    error WrongBatchNumber(uint64 expected, uint64 actual);
    /// @notice The batch was made on top of another root than the one accepted last.
    error WrongPreviousRoot(uint256 expected, uint256 actual);
    /// @notice A batch's time cannot lie before its predecessor's.
    error TimeBeforePreviousBatch(uint40 previous, uint40 actual);
    /// @notice `ops` must be a multiple of 128 bytes and at most `maximum`.
    error WrongOpsLength(uint256 maximum, uint256 actual);
    /// @notice A priority bit is set beyond the operations.
    error WrongPriorityBits(uint256 priorityBits, uint256 opCount);
    /// @notice Validity bits must be set for the padding and nowhere beyond the circuit's size.
    error WrongValidityBits(uint256 validityBits, uint256 opCount);
    /// @notice `priority` must have as many entries as there are priority bits.
    error WrongPriorityCount(uint256 expected, uint256 actual);
    /// @notice Word `index` of `priority` has bits above caller and queueing time.
    error WrongPriorityWord(uint256 index, uint256 word);
    /// @notice Word `index` of the stream is not below the order of the scalar field.
    error WordNotInField(uint256 index, uint256 word);
    /// @notice The commitment is not below the order of the scalar field.
    error CommitmentNotInField(uint256 commitment);
    /// @notice The proof does not hold for this stream: proof, commitment or a word of the batch is wrong.
    error InvalidProof();
    /// @notice No batch of this number has been accepted.
    error UnknownBatch(uint64 number);
    /// @notice A size of the circuit is out of range.
    error WrongCircuitSize(uint256 levels, uint256 maxOps, uint256 maxCells);
    /// @notice The genesis root must be a non-zero field element.
    error WrongGenesisRoot(uint256 genesisRoot);

    /// @notice First word of every stream: binds signatures and proofs to one home contract.
    function domain() external view returns (uint256);

    /// @notice Second word of every stream: names the circuit and its size.
    function circuitId() external view returns (uint256);

    /// @notice EIP-712 domain separator of the operator's signatures: name "NeuraChain", version "1", chain id and
    /// address of the home contract.
    function batchDomainSeparator() external view returns (bytes32);

    /// @notice Operations that the circuit holds.
    function maxOps() external view returns (uint256);

    /// @notice Whose signature a batch needs.
    function operator() external view returns (address);

    function batchVerifier() external view returns (IGroth16Verifier);

    function membershipVerifier() external view returns (IGroth16Verifier);

    /// @notice The newest accepted batch; number 0 is the genesis.
    function latest() external view returns (Checkpoint memory);

    /// @notice Ledger root after batch `number`, 0 if it has not been accepted; number 0 is the genesis.
    function rootOf(uint64 number) external view returns (uint256);

    /// @notice Whether cell `id` held `fields` after batch `number`, shown by a proof of the membership circuit.
    /// Reverts with UnknownBatch. False says only that it was not shown: the proof does not hold, or the call had too
    /// little gas.
    function readCell(
        uint64 number,
        uint256 id,
        uint256[4] calldata fields,
        uint256[8] calldata proof
    ) external view returns (bool);
}
