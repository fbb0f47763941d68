// Ways to break what hazards are, what accepts them, and what an upgrade does about them.
import { tests } from "./plan-targets.ts";
import type { Mutant } from "./runner.ts";
import { inFile } from "./targets.ts";

/** Ways to break hazards. */
export const planHazardMutants: readonly Mutant[] = [
  ...inFile("src/migrate/history/hazard-allowance.ts", [
    ["allow", 'lines.at(-1)?.trim() === ""', "true", [tests.allowance]],
    ["allow", "const line = lines.length;", "const line = lines.length + 1;", [tests.allowance]],
    ["allow", 'if (reason === "") return', "if (false) return", [tests.allowance]],
    ["allow", 'if (code === "") return', "if (false) return", [tests.allowance]],
    ["allow", "if (!isHazardCode(code)) {", "if (false) {", [tests.allowance]],
    ["allow", "if (!allowableCodes.includes(code)) {", "if (false) {", [tests.allowance]],
    [
      "allow",
      "allowances.push({ code, reason, line })",
      'allowances.push({ code, reason: "", line })',
      [tests.allowance],
    ],
  ]),
  ...inFile("src/migrate/history/script-text.ts", [
    ["allow", "[...faults, ...readAllowances(text).faults]", "faults", [tests.allowance]],
  ]),
  ...inFile("src/migrate/hazards/hazard-judgement.ts", [
    ["judge", 'if (answer === "never") return "refused";', "", [tests.judgement]],
    [
      "judge",
      'if (groups.includes("long lock") && stakes.touched === 0) return "clear";',
      "",
      [tests.judgement],
    ],
    ["judge", 'if (isAllowed) return "allowed";', "", [tests.judgement]],
    ["judge", 'if (answer === "refuses") return "refused";', "", [tests.judgement]],
    ["judge", 'isInUse(code, stakes) ? "refused" : "warned"', '"warned"', [tests.judgement]],
    ["judge", 'isInUse(code, stakes) ? "refused" : "warned"', '"refused"', [tests.judgement]],
    [
      "judge",
      'includes("breaking") ? rows : touched) !== 0',
      'includes("breaking") ? touched : touched) !== 0',
      [tests.judgement],
    ],
    [
      "judge",
      'includes("breaking") ? rows : touched) !== 0',
      'includes("breaking") ? rows : rows) !== 0',
      [tests.judgement],
    ],
    ["judge", "? rows : touched) !== 0", "? rows : touched) ?? 0) !== 0", [tests.judgement]],
    ["judge", 'stakes.violating > 0 ? "refused" : "clear"', '"clear"', [tests.judgement]],
    ["judge", 'stakes.violating > 0 ? "refused" : "clear"', '"refused"', [tests.judgement]],
    [
      "judge",
      'answer === "refuses-rows" && stakes.touched === 0 ? "clear" : "warned"',
      '"warned"',
      [tests.judgement],
    ],
    ["judge", "(rows * passes * 1000)", "(rows * 1000)", [tests.judgement]],
  ]),
  ...inFile("src/migrate/hazards/hazard-codes.ts", [
    ["judge", 'if (groups.includes("destructive")) return "refuses-values";', "", [tests.judgement]],
    ["judge", 'code !== "SEVERAL_STATEMENTS" ? "never" : "warns"', '"never"', [tests.judgement]],
  ]),
  ...inFile("src/migrate/hazards/find-hazards.ts", [
    [
      "find",
      "refused[at] === undefined ? (changes.get(at) ?? []) : [refused[at]]",
      "changes.get(at) ?? []",
      [tests.hazards],
    ],
    [
      "find",
      "if (together.length < 2 || together[0] !== place) return [];",
      "if (together[0] !== place) return [];",
      [tests.hazards],
    ],
    [
      "find",
      "if (together.length < 2 || together[0] !== place) return [];",
      "if (together.length < 2) return [];",
      [tests.hazards],
    ],
    ["find", "if (rebuilds.length > 0) return rebuilds;", "", [tests.hazards]],
    [
      "find",
      'return isLast ? [{ code: "DROPS_TABLE"',
      'return true ? [{ code: "DROPS_TABLE"',
      [tests.hazards],
    ],
    [
      "find",
      "if (switchesForeignKeys(sql) || findRefusal(sql) === undefined) return undefined;",
      "if (findRefusal(sql) === undefined) return undefined;",
      [tests.hazards],
    ],
    ["find", "act.replaces;", "true;", [tests.hazards]],
    [
      "find",
      "|| again || followed.views.has(foldName(name))) return [];",
      "|| again) return [];",
      [tests.hazards],
    ],
  ]),
  ...inFile("src/migrate/hazards/alter-hazards.ts", [
    [
      "find",
      "if (isRebuild || isBack || hasNameAfter(lineage, name, at)) return [];",
      "if (isBack) return [];",
      [tests.hazards],
    ],
    ["find", 'if (column.generated?.kind === "virtual") return [];', "", [tests.hazards]],
    [
      "find",
      "if (column.notNull && !isConstant(column.defaultValue)) {",
      "if (column.notNull) {",
      [tests.hazards],
    ],
    [
      "find",
      "if (added.foreignKeys.length > 0 && !isNull) {",
      "if (added.foreignKeys.length > 0) {",
      [tests.hazards],
    ],
    ["find", "...(isNew && !isFree ?", "...(!isFree ?", [tests.hazards]],
    ["find", "...(belongs ? [] :", "...(false ? [] :", [tests.hazards]],
  ]),
  ...inFile("src/migrate/hazards/rebuild-hazards.ts", [
    [
      "find",
      "if (required && !wasRequired(copy.origin.definition, from, to)) {",
      "if (required) {",
      [tests.hazards],
    ],
    [
      "find",
      "if (type !== affinityOf(from.type, copy.origin.definition.strict)) {",
      "if (true) {",
      [tests.hazards],
    ],
    [
      "find",
      "if (wasUnique(uniqueness, before) || isIdle(after, columns.map(quoteName))) return [];",
      "",
      [tests.hazards],
    ],
    [
      "find",
      "if (from === undefined || sameName(from.name, to.name)) return [];",
      "if (from === undefined) return [];",
      [tests.hazards],
    ],
    ["find", "...(copy.leavesOut ?", "...(true ?", [tests.hazards]],
    ["find", "if (goesOn || origin === undefined ||", "if (origin === undefined ||", [tests.hazards]],
  ]),
];
