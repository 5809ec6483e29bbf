/** Checks limit rules: each must bind something, and no two may share an account. */
import {
  apiKeyIdPattern,
  applicationPattern,
  type LimitRule,
  type LimitScope,
  limitIdPattern,
  monthlyCapId,
  type Refusal,
  refusal,
  requestsPerMinuteId,
} from "@caprock/domain";

/** Each rule that binds a call costs it a write; this many are more than anyone can oversee. */
const mostRules = 50;

const modelIdPattern = /^[A-Za-z0-9_.:/-]{1,256}$/;

type Owner = "tenant" | "platform";

const scopesOf: Readonly<Record<Owner, readonly LimitScope[]>> = {
  tenant: ["tenant", "application", "key", "model"],
  platform: ["platform", "model"],
};

/** Refuses with `invalid_request`, naming the member as the wire has it: "rules[2].window". */
export function checkLimitRules(rules: readonly LimitRule[], owner: Owner): Refusal | undefined {
  if (rules.length > mostRules) {
    return wrongMember("rules", `there may be at most ${mostRules}`);
  }
  for (const [index, rule] of rules.entries()) {
    const wrong = faultOf(rule, owner) ?? repetitionOf(rule, rules.slice(0, index));
    if (wrong) {
      return wrongMember(`rules[${index}].${wrong.member}`, wrong.what);
    }
  }
  return undefined;
}

/** A member of a request that is wrong, and how. */
export function wrongMember(param: string, what: string): Refusal {
  return refusal({ code: "invalid_request", message: `${param}: ${what}.`, param });
}

interface Fault {
  readonly member: keyof LimitRule;
  readonly what: string;
}

function faultOf(rule: LimitRule, owner: Owner): Fault | undefined {
  const { id, scope, unit, window, amount } = rule;
  if (!limitIdPattern.test(id)) {
    return {
      member: "id",
      what: "must be 1 to 40 lower-case letters, digits and hyphens, and not begin with a hyphen",
    };
  }
  if (id === monthlyCapId || id === requestsPerMinuteId) {
    return { member: "id", what: `"${id}" is the name of a limit that every tenant has` };
  }
  if (!scopesOf[owner].includes(scope)) {
    return {
      member: "scope",
      what: `must be one of ${scopesOf[owner].join(", ")} in limits of the ${owner}`,
    };
  }
  if (amount < 0n) {
    return { member: "amount", what: "must not be negative" };
  }
  if (unit === "concurrency" && window !== undefined) {
    return { member: "window", what: "calls at once are counted without a window; leave it out" };
  }
  if (unit !== "concurrency" && window === undefined) {
    return { member: "window", what: "is needed: minute, day, week or month" };
  }
  return partFaultOf(rule) ?? baseLimitFaultOf(rule);
}

const partPatterns: Partial<Readonly<Record<LimitScope, RegExp>>> = {
  application: applicationPattern,
  key: apiKeyIdPattern,
  model: modelIdPattern,
};

function partFaultOf({ scope, of: part }: LimitRule): Fault | undefined {
  if (part === undefined) {
    return undefined;
  }
  const pattern = partPatterns[scope];
  if (!pattern) {
    return { member: "of", what: `a limit of the whole ${scope} names no part of it; leave it out` };
  }
  return pattern.test(part) ? undefined : { member: "of", what: `is not the id of ${nounOf(scope)}` };
}

function nounOf(scope: LimitScope): string {
  return scope === "application" ? "an application" : scope === "key" ? "an API key" : "a model";
}

/** The two limits that every tenant has are set by fields of their own. */
function baseLimitFaultOf({ scope, unit, window }: LimitRule): Fault | undefined {
  if (scope !== "tenant") {
    return undefined;
  }
  if (unit === "nanoUsd" && window === "month") {
    return {
      member: "window",
      what: "the money of a tenant's month is limited by monthlyCapUsd; use that field",
    };
  }
  if (unit === "requests" && window === "minute") {
    return {
      member: "window",
      what: "the requests of a tenant's minute are limited by requestsPerMinute; use that field",
    };
  }
  return undefined;
}

function repetitionOf(rule: LimitRule, earlier: readonly LimitRule[]): Fault | undefined {
  if (earlier.some(({ id }) => id === rule.id)) {
    return { member: "id", what: `"${rule.id}" is the id of an earlier rule too` };
  }
  const twin = earlier.find(
    ({ scope, of: part, unit, window }) =>
      scope === rule.scope && part === rule.of && unit === rule.unit && window === rule.window,
  );
  return (
    twin && { member: "scope", what: `rule "${twin.id}" limits the same already; change its amount instead` }
  );
}
