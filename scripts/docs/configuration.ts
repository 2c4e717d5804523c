import { configTable } from '#bootstrap/config-table.ts';

/** The page of environment variables, printed from the schema that reads them. */
export function configuration(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  return [
    '# Configuration',
    '',
    'Printed from the schema in `bootstrap/config-schema.ts` by `npm run docs`. Everything comes from the environment; an',
    'empty string counts as not set. All problems are reported at once, when a process starts.',
    '',
    '| variable | default | what it is |',
    '|---|---|---|',
    ...configTable().map((row) => `| \`${row.name}\` | ${cell(row.default)} | ${cell(row.description)} |`),
    '',
  ].join('\n');
}
