/** Detection: Sigma rules in, findings out. */
export { type CompiledRules, type CompileOptions, compileRules, type RuleFile } from "./compile-rules.ts";
export { type DetectorOptions, openDetector } from "./detector.ts";
export { type RuleError, ruleErrorLine } from "./rule-error.ts";
export type { Ruleset } from "./ruleset.ts";
export type { ProcessFacts } from "./views/processes.ts";
