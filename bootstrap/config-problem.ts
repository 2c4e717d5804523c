import type { VariableName } from './config-schema.ts';

/** What is wrong with one variable, in words that go after its name. */
export interface VariableProblem {
  readonly name: VariableName;
  readonly problem: string;
}

/** The variables as they came; what is empty is not set. */
export type GivenVariables = Readonly<Partial<Record<VariableName, string>>>;
