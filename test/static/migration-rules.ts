/** One migration, as the statements that bring it up. */
export interface MigrationText {
  readonly name: string;
  readonly statements: readonly string[];
}

/** What is known of the schema by those before. Names as they stand, without quotes. */
interface Known {
  /** To what it is: `unique`, `check`, ... */
  readonly constraints: Map<string, string>;
  readonly uniqueIndexes: Set<string>;
  readonly plainIndexes: Set<string>;
  readonly functions: Set<string>;
}

const HARMLESS = /^(?:insert into|update|comment on|create extension|create (?:table|sequence|type|view))\b/;
const LOSSES =
  /^(?:drop (?:table|view|materialized view|type|schema|sequence|function)|truncate|delete from)\b/;

/**
 * Where a migration narrows what the release before, which runs on it during a deploy and after a rollback, may read and
 * write (R21): `migration: statement`. A table that the same migration makes is nobody's yet. What is not known by its
 * form is told of too, so that nothing passes by being misread.
 */
export function narrowings(migrations: readonly MigrationText[]): string[] {
  const known: Known = {
    constraints: new Map(),
    uniqueIndexes: new Set(),
    plainIndexes: new Set(),
    functions: new Set(),
  };
  return migrations.flatMap(({ name, statements }) => {
    const made = new Set<string>();
    return statements
      .map((statement) => plain(statement))
      .filter((statement) => isNarrowing(statement, made, known))
      .map((statement) => `${name}: ${statement}`);
  });
}

function plain(statement: string): string {
  return statement.replaceAll('"', '').replace(/\s+/g, ' ').replace(/;$/, '').trim();
}

function isNarrowing(statement: string, made: Set<string>, known: Known): boolean {
  const [, table] = /^create table (?:if not exists )?([\w.]+)/i.exec(statement) ?? [];
  if (table !== undefined) {
    made.add(table);
    return false;
  }
  if (LOSSES.test(statement)) return true;
  const [, altered, clauses = ''] =
    /^alter table (?:if exists )?(?:only )?([\w.]+) (.+)$/i.exec(statement) ?? [];
  // All of them are looked at, as each may name a constraint.
  if (altered !== undefined)
    return split(clauses)
      .map((clause) => narrows(clause, made.has(altered), known))
      .includes(true);
  return isNarrowingBeside(statement, made, known);
}

/** Indexes, triggers, functions. */
function isNarrowingBeside(statement: string, made: Set<string>, known: Known): boolean {
  const [, unique, index = '', on = ''] =
    /^create (unique )?index (?:concurrently )?(?:if not exists )?(\w+) on ([\w.]+)/i.exec(statement) ?? [];
  if (index !== '') {
    (unique === undefined ? known.plainIndexes : known.uniqueIndexes).add(index);
    return unique !== undefined && !made.has(on);
  }
  const [, dropped] = /^drop index (?:concurrently )?(?:if exists )?(\w+)/i.exec(statement) ?? [];
  // `on conflict` needs a unique one.
  if (dropped !== undefined) return !known.plainIndexes.has(dropped);
  const [, fired] = /^create (?:or replace )?trigger .+? on ([\w.]+) for /i.exec(statement) ?? [];
  if (fired !== undefined) return !made.has(fired);
  const [, routine] = /^create (?:or replace )?function ([\w.]+)/i.exec(statement) ?? [];
  if (routine !== undefined) {
    const isNew = !known.functions.has(routine);
    known.functions.add(routine);
    return !isNew;
  }
  return !HARMLESS.test(statement);
}

/** One clause of an ALTER TABLE. */
function narrows(clause: string, isNew: boolean, known: Known): boolean {
  const [, constraint, kind = ''] = /^add constraint (\w+) (\w+)/i.exec(clause) ?? [];
  if (constraint !== undefined) {
    known.constraints.set(constraint, kind.toLowerCase());
    return !isNew;
  }
  if (/^add (?:unique|check|primary|foreign|exclude)\b/i.test(clause)) return !isNew;
  const [, gone] = /^drop constraint (?:if exists )?(\w+)/i.exec(clause) ?? [];
  // Less is checked from now on; but `on conflict` needs a unique one.
  if (gone !== undefined) return !['check', 'foreign'].includes(known.constraints.get(gone) ?? '');
  if (/^add (?:column )?(?:if not exists )?\w+ /i.test(clause))
    return /\bnot null\b/i.test(clause) && !/\b(?:default|generated)\b/i.test(clause);
  return !/^alter (?:column )?\w+ (?:set default|drop not null)\b/i.test(clause);
}

/** By commas that stand in no brackets. */
function split(clauses: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const letter of clauses) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim());
}
