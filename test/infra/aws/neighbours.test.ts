import { expect, test } from 'vitest';
import { policiesIn, words } from './policy-documents.ts';
import { CONFIG, record } from './recording.ts';

/** All that may be reached in an environment whose stack has everything, by ARNs with their wildcards. */
async function reached(environment: string): Promise<string[]> {
  const { resources } = await record({ ...CONFIG, environment, transcribe: 'true', canary: 'true' });
  return policiesIn(resources).flatMap(({ statements }) =>
    statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Resource }) => words(Resource)),
  );
}

const matcher = (pattern: string) =>
  new RegExp(`^${pattern.replace(/[.+^$()|[\]\\{}]/g, '\\$&').replaceAll('*', '.*')}$`);

test('an environment does not reach what another has whose name begins with its own', async () => {
  const shorter = await reached('prod');
  const longer = await reached('prod-eu');
  const patterns = shorter.filter((arn) => arn.includes('prod') && arn.includes('*')).map(matcher);
  expect(patterns.length).toBeGreaterThan(5);
  expect(longer.filter((arn) => patterns.some((pattern) => pattern.test(arn)))).toEqual([]);
});
