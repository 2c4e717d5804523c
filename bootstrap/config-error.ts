import { variableNotes } from './config-fields.ts';
import type { GivenVariables, VariableProblem } from './config-problem.ts';
import { CONFIG_SCHEMA, VARIABLE_NAMES, type VariableName } from './config-schema.ts';

const SHOWN_LENGTH = 80;

/** All that is wrong with the configuration, a line for each variable. Values of secrets are never in it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly VariableProblem[];

  constructor(problems: readonly VariableProblem[]) {
    const listed = inOrder(problems);
    const count = listed.length === 1 ? 'one problem' : `${listed.length} problems`;
    super(
      [`The configuration has ${count}:`, ...listed.map((it) => `  ${it.name} ${it.problem}`)].join('\n'),
    );
    this.problems = listed;
  }
}

/** What a variable's schema says, with what came. */
export function valueProblem(name: VariableName, message: string, given: GivenVariables): VariableProblem {
  const value = isSecret(name) ? 'what is set (not shown)' : JSON.stringify(shortened(given[name] ?? ''));
  return { name, problem: `${message}; given: ${value}` };
}

function isSecret(name: VariableName): boolean {
  const schema = CONFIG_SCHEMA.shape[name];
  return variableNotes.get('unwrap' in schema ? schema.unwrap() : schema)?.secret ?? false;
}

function shortened(value: string): string {
  return value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}...` : value;
}

/** One line a variable, in the schema's order: the first problem says enough. */
function inOrder(problems: readonly VariableProblem[]): VariableProblem[] {
  return VARIABLE_NAMES.flatMap((name) => problems.find((problem) => problem.name === name) ?? []);
}
