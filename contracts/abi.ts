// Generated from the Solidity sources by `node --import tsx contracts/compile.ts --write-abi`.

export const nrxTokenAbi = [
  {
    inputs: [
      {
        internalType: "address",
        name: "holder",
        type: "address",
      },
    ],
    stateMutability: "nonpayable",
    type: "constructor",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "owner",
        type: "address",
      },
      {
        internalType: "address",
        name: "spender",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "allowanceWei",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "neededWei",
        type: "uint256",
      },
    ],
    name: "InsufficientAllowance",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "owner",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "balanceWei",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "neededWei",
        type: "uint256",
      },
    ],
    name: "InsufficientBalance",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "deadline",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "time",
        type: "uint256",
      },
    ],
    name: "PermitExpired",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "expected",
        type: "address",
      },
      {
        internalType: "address",
        name: "actual",
        type: "address",
      },
    ],
    name: "WrongPermitSigner",
    type: "error",
  },
  {
    inputs: [],
    name: "ZeroRecipient",
    type: "error",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "address",
        name: "owner",
        type: "address",
      },
      {
        indexed: true,
        internalType: "address",
        name: "spender",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "Approval",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "address",
        name: "from",
        type: "address",
      },
      {
        indexed: true,
        internalType: "address",
        name: "to",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "Transfer",
    type: "event",
  },
  {
    inputs: [],
    name: "DOMAIN_SEPARATOR",
    outputs: [
      {
        internalType: "bytes32",
        name: "",
        type: "bytes32",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "owner",
        type: "address",
      },
      {
        internalType: "address",
        name: "spender",
        type: "address",
      },
    ],
    name: "allowance",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "spender",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "approve",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "owner",
        type: "address",
      },
    ],
    name: "balanceOf",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "decimals",
    outputs: [
      {
        internalType: "uint8",
        name: "",
        type: "uint8",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "name",
    outputs: [
      {
        internalType: "string",
        name: "",
        type: "string",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "owner",
        type: "address",
      },
    ],
    name: "nonces",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "owner",
        type: "address",
      },
      {
        internalType: "address",
        name: "spender",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "deadline",
        type: "uint256",
      },
      {
        internalType: "uint8",
        name: "v",
        type: "uint8",
      },
      {
        internalType: "bytes32",
        name: "r",
        type: "bytes32",
      },
      {
        internalType: "bytes32",
        name: "s",
        type: "bytes32",
      },
    ],
    name: "permit",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "symbol",
    outputs: [
      {
        internalType: "string",
        name: "",
        type: "string",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "totalSupply",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "to",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "transfer",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "from",
        type: "address",
      },
      {
        internalType: "address",
        name: "to",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "transferFrom",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "nonpayable",
    type: "function",
  },
] as const;

export const groth16VerifierAbi = [
  {
    inputs: [
      {
        internalType: "uint256[]",
        name: "key",
        type: "uint256[]",
      },
    ],
    stateMutability: "nonpayable",
    type: "constructor",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "coordinate",
        type: "uint256",
      },
    ],
    name: "KeyCoordinateOutOfRange",
    type: "error",
  },
  {
    inputs: [],
    name: "KeyNotStored",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "expected",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actual",
        type: "uint256",
      },
    ],
    name: "WrongInputCount",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "words",
        type: "uint256",
      },
    ],
    name: "WrongKeyLength",
    type: "error",
  },
  {
    inputs: [],
    name: "inputCount",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint256[8]",
        name: "proof",
        type: "uint256[8]",
      },
      {
        internalType: "uint256[]",
        name: "inputs",
        type: "uint256[]",
      },
    ],
    name: "verifyProof",
    outputs: [
      {
        internalType: "bool",
        name: "accepted",
        type: "bool",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
] as const;

export const neuraRollupAbi = [
  {
    inputs: [
      {
        internalType: "contract INrxToken",
        name: "token_",
        type: "address",
      },
      {
        internalType: "contract IGroth16Verifier",
        name: "batchVerifier_",
        type: "address",
      },
      {
        internalType: "contract IGroth16Verifier",
        name: "membershipVerifier_",
        type: "address",
      },
      {
        internalType: "address",
        name: "operator_",
        type: "address",
      },
      {
        components: [
          {
            internalType: "uint256",
            name: "genesisRoot",
            type: "uint256",
          },
          {
            internalType: "uint256",
            name: "levels",
            type: "uint256",
          },
          {
            internalType: "uint256",
            name: "maxOps",
            type: "uint256",
          },
          {
            internalType: "uint256",
            name: "maxCells",
            type: "uint256",
          },
          {
            internalType: "uint256[12]",
            name: "reservedAccounts",
            type: "uint256[12]",
          },
        ],
        internalType: "struct LedgerParameters",
        name: "ledger",
        type: "tuple",
      },
      {
        components: [
          {
            internalType: "uint32",
            name: "inclusionDelay",
            type: "uint32",
          },
          {
            internalType: "uint32",
            name: "entryInterval",
            type: "uint32",
          },
          {
            internalType: "uint32",
            name: "freezeDelay",
            type: "uint32",
          },
          {
            internalType: "uint32",
            name: "bondDelay",
            type: "uint32",
          },
          {
            internalType: "uint32",
            name: "maxTimeLag",
            type: "uint32",
          },
          {
            internalType: "uint64",
            name: "feeStepWei",
            type: "uint64",
          },
          {
            internalType: "uint8",
            name: "mirrorCount",
            type: "uint8",
          },
          {
            internalType: "address",
            name: "recovery",
            type: "address",
          },
        ],
        internalType: "struct Terms",
        name: "terms_",
        type: "tuple",
      },
    ],
    stateMutability: "nonpayable",
    type: "constructor",
  },
  {
    inputs: [
      {
        internalType: "uint24",
        name: "id",
        type: "uint24",
      },
    ],
    name: "AccountNotOpened",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
    ],
    name: "AlreadyClaimed",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint24",
        name: "id",
        type: "uint24",
      },
    ],
    name: "AlreadyOpened",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "AmountNotInUnits",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "AmountTooLarge",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint40",
        name: "availableAt",
        type: "uint40",
      },
      {
        internalType: "uint40",
        name: "availableUntil",
        type: "uint40",
      },
      {
        internalType: "uint256",
        name: "chainTime",
        type: "uint256",
      },
    ],
    name: "BondNotAvailable",
    type: "error",
  },
  {
    inputs: [],
    name: "BondNotRequested",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "recipient",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "CoinTransferFailed",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "commitment",
        type: "uint256",
      },
    ],
    name: "CommitmentNotInField",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "kind",
        type: "uint256",
      },
    ],
    name: "DepositWithoutTokens",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint24",
        name: "id",
        type: "uint24",
      },
    ],
    name: "EmptyCell",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "index",
        type: "uint64",
      },
    ],
    name: "EntryNotWaiting",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "last",
        type: "uint64",
      },
    ],
    name: "HistoryNotKnown",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "pubX",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "pubY",
        type: "uint256",
      },
    ],
    name: "InvalidKey",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint24",
        name: "id",
        type: "uint24",
      },
    ],
    name: "InvalidMembershipProof",
    type: "error",
  },
  {
    inputs: [],
    name: "InvalidProof",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "bytes32",
        name: "blockHash",
        type: "bytes32",
      },
    ],
    name: "LaneBlockNotEmpty",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "length",
        type: "uint256",
      },
    ],
    name: "LaneDataNotEmpty",
    type: "error",
  },
  {
    inputs: [],
    name: "LedgerFrozen",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "earner",
        type: "address",
      },
    ],
    name: "NoEarnings",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "kind",
        type: "uint256",
      },
    ],
    name: "NotADeposit",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "newest",
        type: "uint64",
      },
      {
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
    ],
    name: "NotDecidedYet",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "freezableAfter",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "chainTime",
        type: "uint256",
      },
    ],
    name: "NotFreezable",
    type: "error",
  },
  {
    inputs: [],
    name: "NotFrozen",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "expected",
        type: "address",
      },
      {
        internalType: "address",
        name: "actual",
        type: "address",
      },
    ],
    name: "NotOperator",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "origin",
        type: "address",
      },
      {
        internalType: "address",
        name: "sender",
        type: "address",
      },
    ],
    name: "NotSentDirectly",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "expected",
        type: "address",
      },
      {
        internalType: "address",
        name: "actual",
        type: "address",
      },
    ],
    name: "NotSignedByOperator",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint24",
        name: "id",
        type: "uint24",
      },
    ],
    name: "NothingCredited",
    type: "error",
  },
  {
    inputs: [],
    name: "NothingOutOnMirrors",
    type: "error",
  },
  {
    inputs: [],
    name: "OperatorIsDeposed",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "index",
        type: "uint64",
      },
      {
        internalType: "uint40",
        name: "deadline",
        type: "uint40",
      },
    ],
    name: "OverdueEntrySkipped",
    type: "error",
  },
  {
    inputs: [],
    name: "PrivilegeNotSuspended",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "length",
        type: "uint64",
      },
    ],
    name: "QueueExhausted",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "expectedWei",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actualWei",
        type: "uint256",
      },
    ],
    name: "QueueFeeTooLow",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "index",
        type: "uint64",
      },
      {
        internalType: "uint40",
        name: "queuedAt",
        type: "uint40",
      },
      {
        internalType: "uint40",
        name: "time",
        type: "uint40",
      },
    ],
    name: "QueuedAfterBatchTime",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "feeUnits",
        type: "uint256",
      },
    ],
    name: "QueuedFeeNotZero",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "object",
        type: "uint256",
      },
    ],
    name: "QueuedObjectNotZero",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "limit",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actual",
        type: "uint256",
      },
    ],
    name: "QueuedWordTooLarge",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "outUnits",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "amountUnits",
        type: "uint256",
      },
    ],
    name: "ReturnExceedsOut",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "bytes32",
        name: "streamHash",
        type: "bytes32",
      },
    ],
    name: "SameBatch",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "bytes32",
        name: "s",
        type: "bytes32",
      },
    ],
    name: "SignatureNotCanonical",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint40",
        name: "previous",
        type: "uint40",
      },
      {
        internalType: "uint40",
        name: "actual",
        type: "uint40",
      },
    ],
    name: "TimeBeforePreviousBatch",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint40",
        name: "chainTime",
        type: "uint40",
      },
      {
        internalType: "uint40",
        name: "actual",
        type: "uint40",
      },
    ],
    name: "TimeInFuture",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint40",
        name: "earliest",
        type: "uint40",
      },
      {
        internalType: "uint40",
        name: "actual",
        type: "uint40",
      },
    ],
    name: "TimeTooOld",
    type: "error",
  },
  {
    inputs: [],
    name: "TokenTransferFailed",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
    ],
    name: "UnknownBatch",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint8",
        name: "mirror",
        type: "uint8",
      },
      {
        internalType: "uint8",
        name: "mirrorCount",
        type: "uint8",
      },
    ],
    name: "UnknownMirror",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "count",
        type: "uint256",
      },
    ],
    name: "UnknownWithdrawal",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "word",
        type: "uint256",
      },
    ],
    name: "WordNotInField",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "expected",
        type: "uint64",
      },
      {
        internalType: "uint64",
        name: "actual",
        type: "uint64",
      },
    ],
    name: "WrongBatchNumber",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "levels",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "maxOps",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "maxCells",
        type: "uint256",
      },
    ],
    name: "WrongCircuitSize",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "genesisRoot",
        type: "uint256",
      },
    ],
    name: "WrongGenesisRoot",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "last",
        type: "uint64",
      },
      {
        internalType: "bytes32",
        name: "expected",
        type: "bytes32",
      },
      {
        internalType: "bytes32",
        name: "actual",
        type: "bytes32",
      },
    ],
    name: "WrongHistory",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
      {
        internalType: "uint256",
        name: "count",
        type: "uint256",
      },
      {
        internalType: "uint64",
        name: "newest",
        type: "uint64",
      },
    ],
    name: "WrongHistoryRange",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "maximum",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actual",
        type: "uint256",
      },
    ],
    name: "WrongOpsLength",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "expected",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actual",
        type: "uint256",
      },
    ],
    name: "WrongPreviousRoot",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "priorityBits",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "opCount",
        type: "uint256",
      },
    ],
    name: "WrongPriorityBits",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "expected",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actual",
        type: "uint256",
      },
    ],
    name: "WrongPriorityCount",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "word",
        type: "uint256",
      },
    ],
    name: "WrongPriorityWord",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "index",
        type: "uint64",
      },
      {
        internalType: "bytes32",
        name: "expected",
        type: "bytes32",
      },
      {
        internalType: "bytes32",
        name: "actual",
        type: "bytes32",
      },
    ],
    name: "WrongQueueEntry",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "expected",
        type: "uint64",
      },
      {
        internalType: "uint64",
        name: "actual",
        type: "uint64",
      },
    ],
    name: "WrongReturnIndex",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "expected",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actual",
        type: "uint256",
      },
    ],
    name: "WrongSignatureLength",
    type: "error",
  },
  {
    inputs: [
      {
        components: [
          {
            internalType: "uint32",
            name: "inclusionDelay",
            type: "uint32",
          },
          {
            internalType: "uint32",
            name: "entryInterval",
            type: "uint32",
          },
          {
            internalType: "uint32",
            name: "freezeDelay",
            type: "uint32",
          },
          {
            internalType: "uint32",
            name: "bondDelay",
            type: "uint32",
          },
          {
            internalType: "uint32",
            name: "maxTimeLag",
            type: "uint32",
          },
          {
            internalType: "uint64",
            name: "feeStepWei",
            type: "uint64",
          },
          {
            internalType: "uint8",
            name: "mirrorCount",
            type: "uint8",
          },
          {
            internalType: "address",
            name: "recovery",
            type: "address",
          },
        ],
        internalType: "struct Terms",
        name: "terms",
        type: "tuple",
      },
    ],
    name: "WrongTerms",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "validityBits",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "opCount",
        type: "uint256",
      },
    ],
    name: "WrongValidityBits",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "bytes32",
        name: "expected",
        type: "bytes32",
      },
      {
        internalType: "bytes32",
        name: "actual",
        type: "bytes32",
      },
    ],
    name: "WrongWithdrawals",
    type: "error",
  },
  {
    inputs: [],
    name: "ZeroAddress",
    type: "error",
  },
  {
    inputs: [],
    name: "ZeroAmount",
    type: "error",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint24",
        name: "id",
        type: "uint24",
      },
      {
        indexed: true,
        internalType: "address",
        name: "recipient",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountUnits",
        type: "uint256",
      },
    ],
    name: "AccountPaid",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "root",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "bytes32",
        name: "blockHash",
        type: "bytes32",
      },
      {
        indexed: false,
        internalType: "bytes32",
        name: "laneDataHash",
        type: "bytes32",
      },
      {
        indexed: false,
        internalType: "uint40",
        name: "time",
        type: "uint40",
      },
      {
        indexed: false,
        internalType: "uint32",
        name: "cellCount",
        type: "uint32",
      },
    ],
    name: "BatchAccepted",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "address",
        name: "from",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "bondWei",
        type: "uint256",
      },
    ],
    name: "BondPosted",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: false,
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint40",
        name: "availableAt",
        type: "uint40",
      },
    ],
    name: "BondRequested",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: false,
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "BondTaken",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint24",
        name: "id",
        type: "uint24",
      },
      {
        indexed: true,
        internalType: "uint24",
        name: "from",
        type: "uint24",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountUnits",
        type: "uint256",
      },
    ],
    name: "CellCredited",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint24",
        name: "id",
        type: "uint24",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "tag",
        type: "uint256",
      },
    ],
    name: "CellOpened",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint64",
        name: "index",
        type: "uint64",
      },
      {
        indexed: true,
        internalType: "address",
        name: "recipient",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountUnits",
        type: "uint256",
      },
    ],
    name: "DepositRefunded",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "address",
        name: "earner",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "EarningsCollected",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "address",
        name: "earner",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "EarningsCredited",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "address",
        name: "by",
        type: "address",
      },
      {
        indexed: true,
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "root",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "potWei",
        type: "uint256",
      },
    ],
    name: "Frozen",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "bytes32",
        name: "history",
        type: "bytes32",
      },
    ],
    name: "HistoryKnown",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: false,
        internalType: "uint256",
        name: "genesisRoot",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "levels",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "maxOps",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "maxCells",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256[12]",
        name: "reservedAccounts",
        type: "uint256[12]",
      },
    ],
    name: "LedgerCreated",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: false,
        internalType: "uint256",
        name: "amountUnits",
        type: "uint256",
      },
    ],
    name: "MirrorsReleased",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint64",
        name: "index",
        type: "uint64",
      },
      {
        indexed: true,
        internalType: "address",
        name: "caller",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint40",
        name: "queuedAt",
        type: "uint40",
      },
      {
        indexed: false,
        internalType: "uint40",
        name: "deadline",
        type: "uint40",
      },
      {
        indexed: false,
        internalType: "uint256[4]",
        name: "words",
        type: "uint256[4]",
      },
    ],
    name: "OperationQueued",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "address",
        name: "reporter",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "rewardWei",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "recoveredWei",
        type: "uint256",
      },
    ],
    name: "OperatorDeposed",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
      {
        indexed: true,
        internalType: "address",
        name: "sender",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "earnedWei",
        type: "uint256",
      },
    ],
    name: "PermissionlessBatchAccepted",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint8",
        name: "mirror",
        type: "uint8",
      },
      {
        indexed: true,
        internalType: "uint64",
        name: "index",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "uint64",
        name: "queueIndex",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountUnits",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "outUnits",
        type: "uint256",
      },
    ],
    name: "ReturnBroughtHome",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
      {
        indexed: true,
        internalType: "uint8",
        name: "mirror",
        type: "uint8",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountUnits",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "outUnits",
        type: "uint256",
      },
    ],
    name: "SentToMirror",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
      {
        indexed: true,
        internalType: "address",
        name: "recipient",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "WithdrawalClaimed",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "bytes32",
        name: "hash",
        type: "bytes32",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "count",
        type: "uint256",
      },
    ],
    name: "WithdrawalsRecorded",
    type: "event",
  },
  {
    inputs: [],
    name: "batchDomainSeparator",
    outputs: [
      {
        internalType: "bytes32",
        name: "",
        type: "bytes32",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "batchVerifier",
    outputs: [
      {
        internalType: "contract IGroth16Verifier",
        name: "",
        type: "address",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "bondWei",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "circuitId",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
      {
        internalType: "uint256[]",
        name: "entries",
        type: "uint256[]",
      },
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
    ],
    name: "claimWithdrawal",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "collectEarnings",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint24",
        name: "id",
        type: "uint24",
      },
    ],
    name: "creditedUnits",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "index",
        type: "uint64",
      },
    ],
    name: "deadlineOf",
    outputs: [
      {
        internalType: "uint40",
        name: "",
        type: "uint40",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
      {
        internalType: "address",
        name: "l1Address",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "pubX",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "pubY",
        type: "uint256",
      },
    ],
    name: "deposit",
    outputs: [],
    stateMutability: "payable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
      {
        internalType: "address",
        name: "recipient",
        type: "address",
      },
    ],
    name: "depositToEvm",
    outputs: [],
    stateMutability: "payable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
      {
        internalType: "address",
        name: "l1Address",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "pubX",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "pubY",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "deadline",
        type: "uint256",
      },
      {
        internalType: "uint8",
        name: "v",
        type: "uint8",
      },
      {
        internalType: "bytes32",
        name: "r",
        type: "bytes32",
      },
      {
        internalType: "bytes32",
        name: "s",
        type: "bytes32",
      },
    ],
    name: "depositWithPermit",
    outputs: [],
    stateMutability: "payable",
    type: "function",
  },
  {
    inputs: [],
    name: "domain",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "earner",
        type: "address",
      },
    ],
    name: "earningsWei",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint256[4]",
        name: "words",
        type: "uint256[4]",
      },
    ],
    name: "enqueue",
    outputs: [],
    stateMutability: "payable",
    type: "function",
  },
  {
    inputs: [],
    name: "freeze",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "historyHash",
    outputs: [
      {
        internalType: "bytes32",
        name: "",
        type: "bytes32",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
    ],
    name: "isClaimed",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "isDeposed",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "isFrozen",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint24",
        name: "id",
        type: "uint24",
      },
    ],
    name: "isOpened",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "isPrivilegeSuspended",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
    ],
    name: "knownHistory",
    outputs: [
      {
        internalType: "bytes32",
        name: "",
        type: "bytes32",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "latest",
    outputs: [
      {
        components: [
          {
            internalType: "uint64",
            name: "number",
            type: "uint64",
          },
          {
            internalType: "uint40",
            name: "time",
            type: "uint40",
          },
          {
            internalType: "uint32",
            name: "cellCount",
            type: "uint32",
          },
        ],
        internalType: "struct Checkpoint",
        name: "",
        type: "tuple",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "markHistory",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "maxOps",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "membershipVerifier",
    outputs: [
      {
        internalType: "contract IGroth16Verifier",
        name: "",
        type: "address",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint8",
        name: "mirror",
        type: "uint8",
      },
    ],
    name: "nextReturn",
    outputs: [
      {
        internalType: "uint64",
        name: "",
        type: "uint64",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint24",
        name: "id",
        type: "uint24",
      },
      {
        internalType: "uint256[4]",
        name: "fields",
        type: "uint256[4]",
      },
      {
        internalType: "uint256[8]",
        name: "proof",
        type: "uint256[8]",
      },
    ],
    name: "openCell",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        components: [
          {
            internalType: "uint24",
            name: "id",
            type: "uint24",
          },
          {
            internalType: "uint256[4]",
            name: "fields",
            type: "uint256[4]",
          },
          {
            internalType: "uint256[8]",
            name: "proof",
            type: "uint256[8]",
          },
        ],
        internalType: "struct CellOpening[]",
        name: "openings",
        type: "tuple[]",
      },
    ],
    name: "openMany",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "operator",
    outputs: [
      {
        internalType: "address",
        name: "",
        type: "address",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint8",
        name: "mirror",
        type: "uint8",
      },
    ],
    name: "outOnMirrorUnits",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint24",
        name: "id",
        type: "uint24",
      },
    ],
    name: "payAccount",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "postBond",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
      {
        internalType: "bytes32",
        name: "historyBefore",
        type: "bytes32",
      },
      {
        internalType: "bytes32[]",
        name: "streamHashes",
        type: "bytes32[]",
      },
    ],
    name: "proveHistory",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "index",
        type: "uint64",
      },
    ],
    name: "queueEntry",
    outputs: [
      {
        internalType: "bytes32",
        name: "",
        type: "bytes32",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "queueFeeWei",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "queueHead",
    outputs: [
      {
        internalType: "uint64",
        name: "",
        type: "uint64",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint8",
        name: "mirror",
        type: "uint8",
      },
      {
        internalType: "uint64",
        name: "index",
        type: "uint64",
      },
      {
        internalType: "uint256",
        name: "amountUnits",
        type: "uint256",
      },
      {
        internalType: "address",
        name: "l1Address",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "pubX",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "pubY",
        type: "uint256",
      },
    ],
    name: "queueReturn",
    outputs: [],
    stateMutability: "payable",
    type: "function",
  },
  {
    inputs: [],
    name: "queueState",
    outputs: [
      {
        components: [
          {
            internalType: "uint64",
            name: "head",
            type: "uint64",
          },
          {
            internalType: "uint64",
            name: "tail",
            type: "uint64",
          },
          {
            internalType: "uint40",
            name: "newestDeadline",
            type: "uint40",
          },
          {
            internalType: "uint256",
            name: "potWei",
            type: "uint256",
          },
        ],
        internalType: "struct QueueState",
        name: "",
        type: "tuple",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "queueTail",
    outputs: [
      {
        internalType: "uint64",
        name: "",
        type: "uint64",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
      {
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
      {
        internalType: "uint256[4]",
        name: "fields",
        type: "uint256[4]",
      },
      {
        internalType: "uint256[8]",
        name: "proof",
        type: "uint256[8]",
      },
    ],
    name: "readCell",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "index",
        type: "uint64",
      },
      {
        internalType: "uint256[4]",
        name: "words",
        type: "uint256[4]",
      },
      {
        internalType: "address",
        name: "caller",
        type: "address",
      },
      {
        internalType: "uint40",
        name: "queuedAt",
        type: "uint40",
      },
    ],
    name: "refundDeposit",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "releaseMirrors",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
      {
        internalType: "bytes32",
        name: "streamHashA",
        type: "bytes32",
      },
      {
        internalType: "bytes",
        name: "signatureA",
        type: "bytes",
      },
      {
        internalType: "bytes32",
        name: "streamHashB",
        type: "bytes32",
      },
      {
        internalType: "bytes",
        name: "signatureB",
        type: "bytes",
      },
    ],
    name: "reportEquivocation",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
      {
        internalType: "bytes32",
        name: "streamHash",
        type: "bytes32",
      },
      {
        internalType: "bytes",
        name: "signature",
        type: "bytes",
      },
      {
        internalType: "bytes32",
        name: "historyBefore",
        type: "bytes32",
      },
      {
        internalType: "bytes32[]",
        name: "streamHashes",
        type: "bytes32[]",
      },
    ],
    name: "reportFalseBatch",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "requestBond",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "requestedBond",
    outputs: [
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
      {
        internalType: "uint40",
        name: "availableAt",
        type: "uint40",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
    ],
    name: "rootOf",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        components: [
          {
            internalType: "uint64",
            name: "number",
            type: "uint64",
          },
          {
            internalType: "uint40",
            name: "time",
            type: "uint40",
          },
          {
            internalType: "uint32",
            name: "cellCount",
            type: "uint32",
          },
          {
            internalType: "uint256",
            name: "previousRoot",
            type: "uint256",
          },
          {
            internalType: "uint256",
            name: "root",
            type: "uint256",
          },
          {
            internalType: "bytes32",
            name: "blockHash",
            type: "bytes32",
          },
          {
            internalType: "uint256",
            name: "priorityBits",
            type: "uint256",
          },
          {
            internalType: "uint256",
            name: "validityBits",
            type: "uint256",
          },
          {
            internalType: "bytes",
            name: "ops",
            type: "bytes",
          },
          {
            internalType: "uint256[]",
            name: "priority",
            type: "uint256[]",
          },
          {
            internalType: "uint256",
            name: "commitment",
            type: "uint256",
          },
          {
            internalType: "uint256[8]",
            name: "proof",
            type: "uint256[8]",
          },
        ],
        internalType: "struct Batch",
        name: "batch",
        type: "tuple",
      },
      {
        internalType: "bytes",
        name: "laneData",
        type: "bytes",
      },
      {
        internalType: "bytes",
        name: "signature",
        type: "bytes",
      },
    ],
    name: "submitBatch",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "takeBond",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "terms",
    outputs: [
      {
        components: [
          {
            internalType: "uint32",
            name: "inclusionDelay",
            type: "uint32",
          },
          {
            internalType: "uint32",
            name: "entryInterval",
            type: "uint32",
          },
          {
            internalType: "uint32",
            name: "freezeDelay",
            type: "uint32",
          },
          {
            internalType: "uint32",
            name: "bondDelay",
            type: "uint32",
          },
          {
            internalType: "uint32",
            name: "maxTimeLag",
            type: "uint32",
          },
          {
            internalType: "uint64",
            name: "feeStepWei",
            type: "uint64",
          },
          {
            internalType: "uint8",
            name: "mirrorCount",
            type: "uint8",
          },
          {
            internalType: "address",
            name: "recovery",
            type: "address",
          },
        ],
        internalType: "struct Terms",
        name: "",
        type: "tuple",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "token",
    outputs: [
      {
        internalType: "contract INrxToken",
        name: "",
        type: "address",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
    ],
    name: "withdrawalsHashOf",
    outputs: [
      {
        internalType: "bytes32",
        name: "",
        type: "bytes32",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
] as const;

export const neuraMirrorAbi = [
  {
    inputs: [
      {
        internalType: "uint256",
        name: "homeChainId_",
        type: "uint256",
      },
      {
        internalType: "address",
        name: "homeContract_",
        type: "address",
      },
      {
        internalType: "uint8",
        name: "mirrorNumber_",
        type: "uint8",
      },
      {
        internalType: "contract IGroth16Verifier",
        name: "batchVerifier_",
        type: "address",
      },
      {
        internalType: "contract IGroth16Verifier",
        name: "membershipVerifier_",
        type: "address",
      },
      {
        internalType: "address",
        name: "operator_",
        type: "address",
      },
      {
        components: [
          {
            internalType: "uint256",
            name: "genesisRoot",
            type: "uint256",
          },
          {
            internalType: "uint256",
            name: "levels",
            type: "uint256",
          },
          {
            internalType: "uint256",
            name: "maxOps",
            type: "uint256",
          },
          {
            internalType: "uint256",
            name: "maxCells",
            type: "uint256",
          },
          {
            internalType: "uint256[12]",
            name: "reservedAccounts",
            type: "uint256[12]",
          },
        ],
        internalType: "struct LedgerParameters",
        name: "ledger",
        type: "tuple",
      },
    ],
    stateMutability: "nonpayable",
    type: "constructor",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
    ],
    name: "AlreadyClaimed",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "AmountNotInUnits",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "AmountTooLarge",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "commitment",
        type: "uint256",
      },
    ],
    name: "CommitmentNotInField",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "pubX",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "pubY",
        type: "uint256",
      },
    ],
    name: "InvalidKey",
    type: "error",
  },
  {
    inputs: [],
    name: "InvalidProof",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "expected",
        type: "address",
      },
      {
        internalType: "address",
        name: "actual",
        type: "address",
      },
    ],
    name: "NotSignedByOperator",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "bytes32",
        name: "s",
        type: "bytes32",
      },
    ],
    name: "SignatureNotCanonical",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint40",
        name: "previous",
        type: "uint40",
      },
      {
        internalType: "uint40",
        name: "actual",
        type: "uint40",
      },
    ],
    name: "TimeBeforePreviousBatch",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
    ],
    name: "UnknownBatch",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "count",
        type: "uint256",
      },
    ],
    name: "UnknownWithdrawal",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "word",
        type: "uint256",
      },
    ],
    name: "WordNotInField",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "expected",
        type: "uint64",
      },
      {
        internalType: "uint64",
        name: "actual",
        type: "uint64",
      },
    ],
    name: "WrongBatchNumber",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "levels",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "maxOps",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "maxCells",
        type: "uint256",
      },
    ],
    name: "WrongCircuitSize",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "genesisRoot",
        type: "uint256",
      },
    ],
    name: "WrongGenesisRoot",
    type: "error",
  },
  {
    inputs: [],
    name: "WrongMirrorNumber",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "maximum",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actual",
        type: "uint256",
      },
    ],
    name: "WrongOpsLength",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "expected",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actual",
        type: "uint256",
      },
    ],
    name: "WrongPreviousRoot",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "priorityBits",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "opCount",
        type: "uint256",
      },
    ],
    name: "WrongPriorityBits",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "expected",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actual",
        type: "uint256",
      },
    ],
    name: "WrongPriorityCount",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "word",
        type: "uint256",
      },
    ],
    name: "WrongPriorityWord",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "expected",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actual",
        type: "uint256",
      },
    ],
    name: "WrongSignatureLength",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "validityBits",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "opCount",
        type: "uint256",
      },
    ],
    name: "WrongValidityBits",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "bytes32",
        name: "expected",
        type: "bytes32",
      },
      {
        internalType: "bytes32",
        name: "actual",
        type: "bytes32",
      },
    ],
    name: "WrongWithdrawals",
    type: "error",
  },
  {
    inputs: [],
    name: "ZeroAddress",
    type: "error",
  },
  {
    inputs: [],
    name: "ZeroAmount",
    type: "error",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "root",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "bytes32",
        name: "blockHash",
        type: "bytes32",
      },
      {
        indexed: false,
        internalType: "bytes32",
        name: "laneDataHash",
        type: "bytes32",
      },
      {
        indexed: false,
        internalType: "uint40",
        name: "time",
        type: "uint40",
      },
      {
        indexed: false,
        internalType: "uint32",
        name: "cellCount",
        type: "uint32",
      },
    ],
    name: "BatchAccepted",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: false,
        internalType: "uint256",
        name: "genesisRoot",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "levels",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "maxOps",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "maxCells",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256[12]",
        name: "reservedAccounts",
        type: "uint256[12]",
      },
    ],
    name: "LedgerCreated",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: false,
        internalType: "uint64",
        name: "index",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountUnits",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "address",
        name: "l1Address",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "pubX",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "pubY",
        type: "uint256",
      },
    ],
    name: "ReturnQueued",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
      {
        indexed: true,
        internalType: "address",
        name: "recipient",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "WithdrawalClaimed",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "bytes32",
        name: "hash",
        type: "bytes32",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "count",
        type: "uint256",
      },
    ],
    name: "WithdrawalsRecorded",
    type: "event",
  },
  {
    inputs: [],
    name: "batchDomainSeparator",
    outputs: [
      {
        internalType: "bytes32",
        name: "",
        type: "bytes32",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "batchVerifier",
    outputs: [
      {
        internalType: "contract IGroth16Verifier",
        name: "",
        type: "address",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "bridgedToken",
    outputs: [
      {
        internalType: "contract IBridgedNrx",
        name: "",
        type: "address",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "circuitId",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
      {
        internalType: "uint256[]",
        name: "entries",
        type: "uint256[]",
      },
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
    ],
    name: "claimWithdrawal",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "domain",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "homeChainId",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "homeContract",
    outputs: [
      {
        internalType: "address",
        name: "",
        type: "address",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
    ],
    name: "isClaimed",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "latest",
    outputs: [
      {
        components: [
          {
            internalType: "uint64",
            name: "number",
            type: "uint64",
          },
          {
            internalType: "uint40",
            name: "time",
            type: "uint40",
          },
          {
            internalType: "uint32",
            name: "cellCount",
            type: "uint32",
          },
        ],
        internalType: "struct Checkpoint",
        name: "",
        type: "tuple",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "maxOps",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "membershipVerifier",
    outputs: [
      {
        internalType: "contract IGroth16Verifier",
        name: "",
        type: "address",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "mirrorNumber",
    outputs: [
      {
        internalType: "uint8",
        name: "",
        type: "uint8",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "operator",
    outputs: [
      {
        internalType: "address",
        name: "",
        type: "address",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
      {
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
      {
        internalType: "uint256[4]",
        name: "fields",
        type: "uint256[4]",
      },
      {
        internalType: "uint256[8]",
        name: "proof",
        type: "uint256[8]",
      },
    ],
    name: "readCell",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "returnCount",
    outputs: [
      {
        internalType: "uint64",
        name: "",
        type: "uint64",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
      {
        internalType: "address",
        name: "l1Address",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "pubX",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "pubY",
        type: "uint256",
      },
    ],
    name: "returnHome",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "number",
        type: "uint64",
      },
    ],
    name: "rootOf",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        components: [
          {
            internalType: "uint64",
            name: "number",
            type: "uint64",
          },
          {
            internalType: "uint40",
            name: "time",
            type: "uint40",
          },
          {
            internalType: "uint32",
            name: "cellCount",
            type: "uint32",
          },
          {
            internalType: "uint256",
            name: "previousRoot",
            type: "uint256",
          },
          {
            internalType: "uint256",
            name: "root",
            type: "uint256",
          },
          {
            internalType: "bytes32",
            name: "blockHash",
            type: "bytes32",
          },
          {
            internalType: "uint256",
            name: "priorityBits",
            type: "uint256",
          },
          {
            internalType: "uint256",
            name: "validityBits",
            type: "uint256",
          },
          {
            internalType: "bytes",
            name: "ops",
            type: "bytes",
          },
          {
            internalType: "uint256[]",
            name: "priority",
            type: "uint256[]",
          },
          {
            internalType: "uint256",
            name: "commitment",
            type: "uint256",
          },
          {
            internalType: "uint256[8]",
            name: "proof",
            type: "uint256[8]",
          },
        ],
        internalType: "struct Batch",
        name: "batch",
        type: "tuple",
      },
      {
        internalType: "bytes32",
        name: "laneDataHash",
        type: "bytes32",
      },
      {
        internalType: "bytes",
        name: "signature",
        type: "bytes",
      },
    ],
    name: "submitBatch",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "batch",
        type: "uint64",
      },
    ],
    name: "withdrawalsHashOf",
    outputs: [
      {
        internalType: "bytes32",
        name: "",
        type: "bytes32",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
] as const;

export const bridgedNrxAbi = [
  {
    inputs: [
      {
        internalType: "address",
        name: "owner",
        type: "address",
      },
      {
        internalType: "address",
        name: "spender",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "allowanceWei",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "neededWei",
        type: "uint256",
      },
    ],
    name: "InsufficientAllowance",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "owner",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "balanceWei",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "neededWei",
        type: "uint256",
      },
    ],
    name: "InsufficientBalance",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "expected",
        type: "address",
      },
      {
        internalType: "address",
        name: "actual",
        type: "address",
      },
    ],
    name: "NotMirror",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "deadline",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "time",
        type: "uint256",
      },
    ],
    name: "PermitExpired",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "expected",
        type: "address",
      },
      {
        internalType: "address",
        name: "actual",
        type: "address",
      },
    ],
    name: "WrongPermitSigner",
    type: "error",
  },
  {
    inputs: [],
    name: "ZeroRecipient",
    type: "error",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "address",
        name: "owner",
        type: "address",
      },
      {
        indexed: true,
        internalType: "address",
        name: "spender",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "Approval",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "address",
        name: "from",
        type: "address",
      },
      {
        indexed: true,
        internalType: "address",
        name: "to",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "Transfer",
    type: "event",
  },
  {
    inputs: [],
    name: "DOMAIN_SEPARATOR",
    outputs: [
      {
        internalType: "bytes32",
        name: "",
        type: "bytes32",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "owner",
        type: "address",
      },
      {
        internalType: "address",
        name: "spender",
        type: "address",
      },
    ],
    name: "allowance",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "spender",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "approve",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "owner",
        type: "address",
      },
    ],
    name: "balanceOf",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "from",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "burn",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "decimals",
    outputs: [
      {
        internalType: "uint8",
        name: "",
        type: "uint8",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "to",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "mint",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "mirror",
    outputs: [
      {
        internalType: "address",
        name: "",
        type: "address",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "name",
    outputs: [
      {
        internalType: "string",
        name: "",
        type: "string",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "owner",
        type: "address",
      },
    ],
    name: "nonces",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "owner",
        type: "address",
      },
      {
        internalType: "address",
        name: "spender",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "deadline",
        type: "uint256",
      },
      {
        internalType: "uint8",
        name: "v",
        type: "uint8",
      },
      {
        internalType: "bytes32",
        name: "r",
        type: "bytes32",
      },
      {
        internalType: "bytes32",
        name: "s",
        type: "bytes32",
      },
    ],
    name: "permit",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "symbol",
    outputs: [
      {
        internalType: "string",
        name: "",
        type: "string",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "totalSupply",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "to",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "transfer",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "from",
        type: "address",
      },
      {
        internalType: "address",
        name: "to",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "transferFrom",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "nonpayable",
    type: "function",
  },
] as const;

export const gatewayRecoveryAbi = [
  {
    inputs: [
      {
        internalType: "contract INrxToken",
        name: "token_",
        type: "address",
      },
      {
        internalType: "address",
        name: "guardian_",
        type: "address",
      },
      {
        internalType: "uint32",
        name: "timelock_",
        type: "uint32",
      },
    ],
    stateMutability: "nonpayable",
    type: "constructor",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "round",
        type: "uint64",
      },
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
    ],
    name: "AlreadyClaimed",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "round",
        type: "uint64",
      },
    ],
    name: "NotFinal",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "expected",
        type: "address",
      },
      {
        internalType: "address",
        name: "actual",
        type: "address",
      },
    ],
    name: "NotGuardian",
    type: "error",
  },
  {
    inputs: [],
    name: "NothingProposed",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint40",
        name: "finalizableAt",
        type: "uint40",
      },
      {
        internalType: "uint256",
        name: "chainTime",
        type: "uint256",
      },
    ],
    name: "TimelockRunning",
    type: "error",
  },
  {
    inputs: [],
    name: "TokenTransferFailed",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "bytes32",
        name: "expectedRoot",
        type: "bytes32",
      },
      {
        internalType: "bytes32",
        name: "actualRoot",
        type: "bytes32",
      },
    ],
    name: "WrongPayoutProof",
    type: "error",
  },
  {
    inputs: [],
    name: "ZeroAddress",
    type: "error",
  },
  {
    inputs: [],
    name: "ZeroParameter",
    type: "error",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint64",
        name: "round",
        type: "uint64",
      },
      {
        indexed: true,
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
      {
        indexed: true,
        internalType: "address",
        name: "recipient",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
    ],
    name: "PayoutClaimed",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint64",
        name: "round",
        type: "uint64",
      },
      {
        indexed: true,
        internalType: "bytes32",
        name: "root",
        type: "bytes32",
      },
    ],
    name: "PayoutsFinalized",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "bytes32",
        name: "root",
        type: "bytes32",
      },
      {
        indexed: false,
        internalType: "uint40",
        name: "finalizableAt",
        type: "uint40",
      },
    ],
    name: "PayoutsProposed",
    type: "event",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "round",
        type: "uint64",
      },
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
      {
        internalType: "address",
        name: "recipient",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "amountWei",
        type: "uint256",
      },
      {
        internalType: "bytes32[]",
        name: "proof",
        type: "bytes32[]",
      },
    ],
    name: "claim",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "round",
        type: "uint64",
      },
    ],
    name: "finalRootOf",
    outputs: [
      {
        internalType: "bytes32",
        name: "",
        type: "bytes32",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "finalizableAt",
    outputs: [
      {
        internalType: "uint40",
        name: "",
        type: "uint40",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "finalize",
    outputs: [
      {
        internalType: "uint64",
        name: "round",
        type: "uint64",
      },
    ],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "guardian",
    outputs: [
      {
        internalType: "address",
        name: "",
        type: "address",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "round",
        type: "uint64",
      },
      {
        internalType: "uint256",
        name: "index",
        type: "uint256",
      },
    ],
    name: "isClaimed",
    outputs: [
      {
        internalType: "bool",
        name: "",
        type: "bool",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "bytes32",
        name: "root",
        type: "bytes32",
      },
    ],
    name: "propose",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [],
    name: "proposedRoot",
    outputs: [
      {
        internalType: "bytes32",
        name: "",
        type: "bytes32",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "rounds",
    outputs: [
      {
        internalType: "uint64",
        name: "",
        type: "uint64",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "timelock",
    outputs: [
      {
        internalType: "uint32",
        name: "",
        type: "uint32",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "token",
    outputs: [
      {
        internalType: "contract INrxToken",
        name: "",
        type: "address",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
] as const;
