import {
  CELL_TAG,
  type Cell,
  decodeAccount,
  decodeModel,
  decodeTask,
  RESERVED_CELL,
  TASK_FLAG_SILENCE_ACCEPTS,
  TASK_PHASE,
  tagOf,
} from "./cells.ts";
import { splitPayout } from "./payout.ts";

/** What a cell gives to an account, or to a model and through it to the model's owner, when it is opened after a freeze. */
export interface Credit {
  /** Cell of the account or the model. */
  readonly to: number;
  readonly units: bigint;
  readonly as: CreditReason;
}

type CreditReason =
  | "balance"
  | "revenue"
  | "reward and fee"
  | "bond"
  | "pay, bond and fee"
  | "model's share"
  | "treasury's cut";

/** Who gets what a cell holds (docs/SETTLEMENT.md, section 5). The units add up to what the cell holds. */
export function creditsOf(id: number, cell: Cell): Credit[] {
  return allCredits(id, cell).filter(({ units }) => units > 0n);
}

function allCredits(id: number, cell: Cell): Credit[] {
  switch (tagOf(cell)) {
    case CELL_TAG.account:
      return [{ to: id, units: decodeAccount(cell).balance, as: "balance" }];
    case CELL_TAG.model: {
      const { owner, revenue } = decodeModel(cell);
      return [{ to: Number(owner), units: revenue, as: "revenue" }];
    }
    case CELL_TAG.task:
      return taskCredits(cell);
    default:
      return [];
  }
}

function taskCredits(cell: Cell): Credit[] {
  const { phase, worker, drawn, terms, money } = decodeTask(cell);
  if (phase >= TASK_PHASE.accepted) return [];
  const left = money.reward - drawn;
  const isSubmitted = phase === TASK_PHASE.submitted;
  if (isSubmitted && terms.flags === TASK_FLAG_SILENCE_ACCEPTS) {
    const { workerUnits, modelUnits, treasuryUnits } = splitPayout(left, terms);
    return [
      { to: Number(worker), units: workerUnits + money.bond + money.verifierFee, as: "pay, bond and fee" },
      { to: Number(terms.model), units: modelUnits, as: "model's share" },
      { to: RESERVED_CELL.treasury, units: treasuryUnits, as: "treasury's cut" },
    ];
  }
  const requester: Credit = {
    to: Number(terms.requester),
    units: left + money.verifierFee,
    as: "reward and fee",
  };
  if (phase === TASK_PHASE.open) return [requester];
  const bondGoesTo = isSubmitted ? RESERVED_CELL.treasury : Number(worker);
  return [requester, { to: bondGoesTo, units: money.bond, as: "bond" }];
}
