import { expect, test } from 'vitest';
import { allOf } from '../rules.ts';
import { CONFIG, record } from './recording.ts';

const pem = (content: string) => `-----BEGIN PUBLIC KEY-----\n${content}\n-----END PUBLIC KEY-----`;

async function keysOf(pems: readonly string[]) {
  const { resources } = await record({ ...CONFIG, signerKeys: JSON.stringify(pems) });
  return allOf(resources, 'PublicKey').map(({ name, inputs }) => ({ name, pem: inputs.encodedKey }));
}

test('a signer keeps its key when another one comes or goes', async () => {
  const [, kept] = await keysOf([pem('one'), pem('two')]);
  expect(await keysOf([pem('two'), pem('three')])).toContainEqual(kept);
});

test('a key is given as CloudFront gives it back, once, however its end was written', async () => {
  expect((await keysOf([pem('one'), `${pem('one')}\n`, `${pem('one')}\n\n`])).map((key) => key.pem)).toEqual([
    `${pem('one')}\n`,
  ]);
});
