import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { allOf } from '../rules.ts';
import { CONFIG, record } from './recording.ts';

const DOCS = path.resolve(import.meta.dirname, '../../../docs');

/** Headings of the runbooks as links name them. */
const HEADINGS = [...readFileSync(path.join(DOCS, 'operate.md'), 'utf8').matchAll(/^## (.+)$/gm)].map(
  ([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-'),
);

const anchorsIn = (text: string) =>
  [...text.matchAll(/operate\.md#([\w-]+)/g)].map(([, anchor = '']) => anchor);

test('each alert of the database names a runbook that is there', async () => {
  const { resources } = await record({ ...CONFIG, databaseSize: 'medium' });
  const descriptions = allOf(resources, 'MonitorAlert').map(({ inputs }) => String(inputs.description));
  expect(descriptions.length).toBeGreaterThan(3);
  for (const description of descriptions) expect(HEADINGS).toContain(anchorsIn(description)[0]);
});

test("the database's alerts link the runbooks where the deployment keeps them", async () => {
  const runbooksUrl = 'https://git.example.com/sluice/docs/operate.md';
  const { resources } = await record({ ...CONFIG, runbooksUrl });
  for (const { inputs } of allOf(resources, 'MonitorAlert'))
    expect(inputs.description).toContain(`${runbooksUrl}#database-under-strain`);
});

test('the page sends nobody to a runbook that is not there', () => {
  const anchors = anchorsIn(readFileSync(path.join(DOCS, 'deploy-digitalocean.md'), 'utf8'));
  expect(anchors.length).toBeGreaterThan(5);
  expect(anchors.filter((anchor) => !HEADINGS.includes(anchor))).toEqual([]);
});
