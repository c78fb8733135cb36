import type { OpKind } from "../operation.ts";
import type { Rule } from "../rule.ts";
import { claimRevenue } from "./claim-revenue.ts";
import { claimTask } from "./claim-task.ts";
import { deposit } from "./deposit.ts";
import { depositToEvm } from "./deposit-to-evm.ts";
import { drawTask } from "./draw-task.ts";
import { expireTask } from "./expire-task.ts";
import { noop } from "./noop.ts";
import { openAccount } from "./open-account.ts";
import { postTask } from "./post-task.ts";
import { registerModel } from "./register-model.ts";
import { settleTask } from "./settle-task.ts";
import { submitResult } from "./submit-result.ts";
import { transfer } from "./transfer.ts";
import { updateModel } from "./update-model.ts";
import { withdraw } from "./withdraw.ts";

/** Every executable kind. A kind that is missing here is invalid. */
export const RULES: ReadonlyMap<OpKind, Rule> = new Map(
  [
    noop,
    deposit,
    depositToEvm,
    transfer,
    openAccount,
    withdraw,
    registerModel,
    updateModel,
    claimRevenue,
    postTask,
    claimTask,
    submitResult,
    settleTask,
    drawTask,
    expireTask,
  ].map((rule) => [rule.kind, rule]),
);
