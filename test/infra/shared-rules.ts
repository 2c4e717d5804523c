import { knownWords } from './allowed-words.ts';
import { networksApart } from './cidrs.ts';
import { type NameForms, namesFit } from './names.ts';
import type { Recorded, Recording } from './recording.ts';
import type { Rule } from './rules.ts';
import type { TypeDefinitions } from './type-definitions.ts';

/** What the clouds differ in. */
export interface CloudRules {
  readonly definitions: TypeDefinitions;
  readonly names: NameForms;
  /** What belongs to nothing, by the last part of its type and its name, each with its reason. */
  readonly roots: readonly { readonly resource: RegExp; readonly reason: string }[];
  /** Tags that every resource bears which takes tags; types whose `tags` are something else, with what. */
  readonly isTagged: (tags: unknown) => boolean;
  readonly untagged: Readonly<Record<string, string>>;
}

/** What holds on any cloud, by what it says. */
export function sharedRules(cloud: CloudRules): Readonly<Record<string, Rule>> {
  return {
    'says words that the provider knows': knownWords(cloud.definitions),
    'names fit': namesFit(cloud.names, cloud.definitions),
    'everything belongs to a component': belongs(cloud.roots),
    'everything is tagged': tagged(cloud),
    'networks lie apart': networksApart,
    'no output became text': noText,
    'JSON is JSON': json,
  };
}

const kindOf = ({ type }: Recorded) => type.split(':').at(-1) ?? '';

/** A chain of parents ends: where each resource has one, its last is a component. */
function belongs(roots: CloudRules['roots']): Rule {
  const mayStandAlone = (each: Recorded) =>
    roots.some(({ resource }) => resource.test(`${kindOf(each)} ${each.name}`));
  return (resources) =>
    resources
      .filter((resource) => resource.parent === '' && !mayStandAlone(resource))
      .map(({ type, name }) => `${type} ${name}: belongs to nothing`);
}

function tagged({ definitions, isTagged, untagged }: CloudRules): Rule {
  return (resources) =>
    resources
      .filter(
        (resource) => 'tags' in (definitions.argsOf(resource.type) ?? {}) && !(kindOf(resource) in untagged),
      )
      .filter(({ inputs }) => !isTagged(inputs.tags))
      .map(({ type, name }) => `${type} ${name}: does not bear our tags`);
}

/** What JavaScript makes of an output or an object that is put into a text. */
const MADE_TEXT = /Calling \[toString\]|\[object Object\]|\bundefined\b|\bNaN\b/;

const noText: Rule = (resources) =>
  resources.flatMap(({ type, name, inputs }) =>
    Object.entries(inputs)
      .filter(([, value]) => MADE_TEXT.test(JSON.stringify(value) ?? ''))
      .map(
        ([member]) =>
          `${type} ${name}: ${member} holds ${MADE_TEXT.exec(JSON.stringify(inputs[member]))?.[0]}`,
      ),
  );

/** Members that are JSON whatever stands in them. */
const JSON_MEMBERS = [
  'assumeRolePolicy',
  'containerDefinitions',
  'dashboardBody',
  'eventPattern',
  'policy',
  'redrivePolicy',
  'secretString',
];

const json: Rule = (resources) =>
  resources.flatMap(({ type, name, inputs }) =>
    stringsIn(inputs)
      .filter(([member, text]) => JSON_MEMBERS.includes(member) || /^(?:\{"|\[[{"])/.test(text))
      .filter(([, text]) => !isFilledJson(text))
      .map(([member]) => `${type} ${name}: ${member} is no JSON`),
  );

/** Every string below a member, by the name of the member that it stands in. */
function stringsIn(value: unknown, member = ''): [member: string, text: string][] {
  if (typeof value === 'string') return [[member, value]];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, each]) => stringsIn(each, Array.isArray(value) ? member : key));
}

function isFilledJson(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed !== null && typeof parsed === 'object' && Object.keys(parsed).length > 0;
  } catch {
    return false;
  }
}

/**
 * What cannot be made again is protected and outlives the stack, as does what shuts it to others; nothing else does.
 *
 * @param data last part of the types
 * @param guards the same of what stays with the data, and may be destroyed by itself
 */
export function kept(data: readonly string[], guards: readonly string[] = []): Rule {
  return (resources) =>
    resources.flatMap((resource) => {
      const { type, name, isProtected, isRetained } = resource;
      const isData = data.includes(kindOf(resource));
      const stays = isData || guards.includes(kindOf(resource));
      return [
        ...(isData && !isProtected ? [`${type} ${name}: can be destroyed`] : []),
        ...(stays && !isRetained ? [`${type} ${name}: goes with the stack`] : []),
        ...(!stays && (isProtected || isRetained) ? [`${type} ${name}: stays behind`] : []),
      ];
    });
}

/** Where data is not to be kept, the engine destroys all of it. */
export const nothingKept: Rule = kept([]);

/** What two runs of one program register differently: each would be a change that nobody made. */
export function differences(first: Recording, second: Recording): string[] {
  const told = ({ resources, components }: Recording) =>
    new Set([...resources, ...components].map((each) => JSON.stringify(each)));
  const [one, other] = [told(first), told(second)];
  return [...one.symmetricDifference(other)].map((each) => each.slice(0, 200));
}

/** Names of outputs that are secrets: what a stack shows may be seen by anybody. */
export function secretOutputs({ outputs }: Recording): string[] {
  return Object.entries(outputs)
    .filter(([, { isSecret }]) => isSecret)
    .map(([name]) => name);
}
