import path from 'node:path';
import type { z } from 'zod';
import { variableNotes } from './config-fields.ts';
import {
  type ConfigScope,
  type GivenVariables,
  givenVariables,
  namesStorage,
  problemsBetween,
  type VariableProblem,
} from './config-rules.ts';
import { CONFIG_SCHEMA, VARIABLE_NAMES, type VariableName } from './config-schema.ts';

type Parsed = z.output<typeof CONFIG_SCHEMA>;

/**
 * The configuration as the environment gives it, by the names of its variables. What is undefined and can be embedded
 * or generated is filled in later: see `ResolvedConfig`.
 */
export interface Config extends Readonly<Parsed> {
  readonly HOST: string;
  readonly PUBLIC_URL: string;
  /** Absolute. */
  readonly SLUICE_DIR: string;
  /** Absolute. */
  readonly TMP_DIR: string;
  readonly S3_PORT: number;
  /** True where the environment names the storage; false means the embedded server. */
  readonly hasOwnStorage: boolean;
}

/** The configuration of a role that can start: every address is known and every secret that it needs is there. */
export interface ResolvedConfig extends Config {
  readonly DATABASE_URL: string;
  readonly S3_REGION: string;
  readonly S3_SOURCE_BUCKET: string;
  readonly S3_MEDIA_BUCKET: string;
}

/** All that is wrong with the configuration, a line for each variable. Values of secrets are never in it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly VariableProblem[];

  constructor(problems: readonly VariableProblem[]) {
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super(
      [
        `The configuration has ${count}:`,
        ...problems.map(({ name, problem }) => `  ${name} ${problem}`),
      ].join('\n'),
    );
    this.problems = problems;
  }
}

/**
 * Reads the configuration.
 *
 * @param env for instance `process.env`; an empty string counts as not set
 * @param scope what the program uses, so that it is not asked for more
 * @throws ConfigError that names every problem at once
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
  scope: ConfigScope = 'everything',
): Config {
  const given = givenVariables(env);
  const parsed = CONFIG_SCHEMA.safeParse(given);
  const between = problemsBetween(given, scope);
  if (!parsed.success || between.length > 0) {
    const single = (parsed.error?.issues ?? []).map((issue) => problemOf(issue, given));
    throw new ConfigError(inOrder([...single, ...between]));
  }
  return withDerived(parsed.data, namesStorage(given));
}

function withDerived(parsed: Parsed, hasOwnStorage: boolean): Config {
  const sluiceDir = path.resolve(parsed.SLUICE_DIR);
  const publicUrl = parsed.PUBLIC_URL ?? `http://localhost:${parsed.PORT}`;
  return {
    ...parsed,
    PUBLIC_URL: publicUrl,
    HOST: parsed.HOST ?? (isThisMachine(publicUrl) && !parsed.SLUICE_IMAGE ? '127.0.0.1' : '0.0.0.0'),
    SLUICE_DIR: sluiceDir,
    TMP_DIR: path.resolve(parsed.TMP_DIR ?? path.join(sluiceDir, 'tmp')),
    S3_PORT: parsed.S3_PORT ?? parsed.PORT + 1,
    hasOwnStorage,
  };
}

function isThisMachine(address: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(address).hostname);
}

function problemOf(issue: z.core.$ZodIssue, given: GivenVariables): VariableProblem {
  const name = issue.path[0] as VariableName;
  const value = isSecret(name) ? 'what is set (not shown)' : JSON.stringify(shortened(given[name] ?? ''));
  return { name, problem: `${issue.message}; given: ${value}` };
}

/** True where the value must not be repeated. */
function isSecret(name: VariableName): boolean {
  const schema = CONFIG_SCHEMA.shape[name];
  return variableNotes.get('unwrap' in schema ? schema.unwrap() : schema)?.secret ?? false;
}

function shortened(value: string): string {
  return value.length > 80 ? `${value.slice(0, 77)}...` : value;
}

/** One line a variable, in the schema's order: the first problem says enough. */
function inOrder(problems: readonly VariableProblem[]): VariableProblem[] {
  return VARIABLE_NAMES.flatMap((name) => problems.find((problem) => problem.name === name) ?? []);
}
