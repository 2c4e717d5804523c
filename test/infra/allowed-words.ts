import type { Recorded } from './recording.ts';
import type { Rule } from './rules.ts';
import type { Interface, TypeDefinitions } from './type-definitions.ts';
import { CORRECTIONS } from './word-corrections.ts';

const QUOTED = /`[^`]+`|"[^"]+"|(?<!\w)'[^'\s]+'/.source;
const JOINED = /\s*(?:\([^)]*\))?\s*[,/]?\s*(?:(?:and|or)\s+)?/.source;
const LISTS = new RegExp(`(?:${QUOTED})(?:${JOINED}(?:${QUOTED}))*`, 'g');

/** What stands before a list of all the words, as these comments put it. */
const SAID = new RegExp(
  [
    /\b(?:valid|allowed|possible|supported|available|following)\b(?! (?:for|operator))[^`"']*$/,
    /\bthe values\s*$|\bvalues for `\w+` are\s*$/,
    /\b(?:one|either) of\b[^`"']*$|\beither\s*$|\b(?:can|may|must) be[\s:]*$/,
    /[,:(]\s*$/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);
const ONLY = /\bvalid value (?:is|for [^.]* is)\s*$/i;

/** Words that a comment lists as all there are; none where it lists none. `siblings`: members beside, which are no words. */
export function wordsIn(comment: string, siblings: readonly string[]): string[] {
  const lists = [...comment.matchAll(LISTS)].map(({ 0: list, index }) => {
    const words = (list.match(new RegExp(QUOTED, 'g')) ?? []).map((word) => word.slice(1, -1));
    const before = comment.slice(0, index);
    return (words.length > 1 ? SAID : ONLY).test(before) ? words : [];
  });
  const explained = [...comment.matchAll(/-\s*`([^`]+)`:|\(`([^`]+)`\)/g)].map(([, bullet, bracket]) =>
    String(bullet ?? bracket),
  );
  const [, bare = ''] =
    /\bvalid values are:? ((?:[A-Z][A-Z_]+(?:,? (?:and |or )?|\.)){2,})/i.exec(comment) ?? [];
  const found = [...lists, explained.length > 1 ? explained : [], bare.match(/[A-Z][A-Z_]+/g) ?? []];
  return [...new Set(found.filter((words) => !words.every((word) => siblings.includes(word))).flat())];
}

/** A string of a resource, by where it stands: `Listener.defaultActions.type`. */
export interface Said {
  readonly resource: Recorded;
  readonly member: string;
  readonly value: string;
  /** All that the provider takes there; null where it takes any, or does not say what. */
  readonly words: readonly string[] | null;
}

const UNKNOWN = ['a member that there is'];

/** Every string of resources with the words that are allowed there. A member that the provider has not is one, too. */
export function saidIn(resources: readonly Recorded[], definitions: TypeDefinitions): Said[] {
  return resources
    .filter(({ type }) => type.startsWith(`${definitions.provider}:`))
    .flatMap((resource) => {
      const members = definitions.argsOf(resource.type);
      if (!members) throw new Error(`${resource.type} is not defined`);
      return within(resource, resource.type.split(':').at(-1) ?? '', resource.inputs, members);
    });

  function within(resource: Recorded, at: string, inputs: object, members: Interface): Said[] {
    return Object.entries(inputs).flatMap(([name, value]) => {
      const member = `${at}.${name}`;
      const { comment, type } = members[name] ?? {};
      if (type === undefined || comment === undefined)
        return [{ resource, member, value: name, words: UNKNOWN }];
      const [, nested = ''] = /\binputs\.([\w.]+)/.exec(type) ?? [];
      const [, enumName] = /\benums\.([\w.]+)/.exec(type) ?? [];
      const listed = enumName ? definitions.wordsOf(enumName) : wordsIn(comment, Object.keys(members));
      const words = CORRECTIONS[member]?.words ?? (listed.length > 0 ? listed : null);
      return [value].flat(Number.POSITIVE_INFINITY).flatMap((each): Said[] => {
        if (typeof each === 'string') return [{ resource, member, value: each, words }];
        const inner = definitions.nested(nested);
        return inner && each !== null && typeof each === 'object'
          ? within(resource, member, each, inner)
          : [];
      });
    });
  }
}

/** Words that the provider does not take, as its type definitions say. */
export function knownWords(definitions: TypeDefinitions): Rule {
  return (resources) =>
    saidIn(resources, definitions)
      .filter(({ value, words }) => words !== null && !words.includes(value))
      .map(
        ({ resource, member, value, words }) =>
          `${resource.name}: ${member} is ${JSON.stringify(value)}, not ${words?.join(' or ')}`,
      );
}

/** Members whose words were looked at, sorted. A reader that finds nothing would have nothing to say against any word. */
export function checkedMembers(resources: readonly Recorded[], definitions: TypeDefinitions): string[] {
  const checked = saidIn(resources, definitions).filter(({ words }) => words !== null);
  return [...new Set(checked.map(({ member }) => member))].sort();
}
