import type { Recorded } from '../recording.ts';
import type { Inputs } from '../rules.ts';

/** A policy wherever it stands in a resource: `assumeRolePolicy`, `policy`, deep inside, or under a name of tomorrow. */
export interface PolicyDocument {
  readonly resource: Recorded;
  /** The input that holds it. */
  readonly member: string;
  readonly text: string;
  readonly statements: readonly Inputs[];
}

/** A role's trust says who may be it; a policy with principals lets others in; any other one says what its owner may do. */
export type PolicyKind = 'trust' | 'letsIn' | 'owners';

export function kindOf({ member, statements }: PolicyDocument): PolicyKind {
  if (member === 'assumeRolePolicy') return 'trust';
  return statements.some((statement) => 'Principal' in statement || 'NotPrincipal' in statement)
    ? 'letsIn'
    : 'owners';
}

/** Every policy of a stack. */
export function policiesIn(resources: readonly Recorded[]): PolicyDocument[] {
  return resources.flatMap((resource) =>
    Object.entries(resource.inputs).flatMap(([member, value]) =>
      textsIn(value).flatMap((text) => {
        const statements = statementsOf(text);
        return statements ? [{ resource, member, text, statements }] : [];
      }),
    ),
  );
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(textsIn);
}

/** Null for what is no policy. */
function statementsOf(text: string): Inputs[] | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    const { Statement } = JSON.parse(text) as { Statement?: Inputs | Inputs[] };
    return Statement === undefined ? null : [Statement].flat();
  } catch {
    return null;
  }
}

/** One word or a list of them, as IAM takes it. */
export function words(value: unknown): string[] {
  if (value === undefined) return [];
  return [value].flat().map(String);
}

/** What a condition asks, by key, whatever the operator; of those that only fit a value. */
export function conditionsOf({ Condition = {} }: Inputs): Map<string, string[]> {
  const operators = Object.entries(Condition as Record<string, Record<string, unknown>>);
  const binding = operators.filter(([operator]) => /^(String|Arn)(Equals|Like)$|^Bool$/.test(operator));
  return new Map(
    binding.flatMap(([, asked]) => Object.entries(asked).map(([key, value]) => [key, words(value)])),
  );
}
