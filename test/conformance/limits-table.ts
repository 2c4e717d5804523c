import {
  CLIENTS,
  type ClientName,
  ENDINGS,
  EXPECTATIONS,
  LEFTOVERS,
  TROUBLES,
  type TroubleName,
} from './expectations.ts';

/** What is expected of the published clients, as docs/uploading.md shows it (Markdown). */
export function limitsTable(): string {
  const clients = Object.keys(CLIENTS) as ClientName[];
  const rows = (Object.keys(TROUBLES) as TroubleName[]).map((trouble) => [
    TROUBLES[trouble],
    ...clients.map((client) => cellOf(trouble, client)),
  ]);
  return [['What happens', ...Object.values(CLIENTS)], ['---', ...clients.map(() => '---')], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function cellOf(trouble: TroubleName, client: ClientName): string {
  const expectation = EXPECTATIONS[trouble][client];
  if (!expectation) return '–';
  const { ending, leftover } = expectation;
  return leftover ? `${ENDINGS[ending]}; leaves ${LEFTOVERS[leftover]}` : ENDINGS[ending];
}
