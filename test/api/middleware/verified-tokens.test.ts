import { expect, test } from 'vitest';
import { rememberVerified } from '#api/middleware/verified-tokens.ts';

const NOW_MS = Date.parse('2026-01-01T00:00:00Z');

/** A JWT in form; who verifies it is up to the test. */
function tokenWith(claims: object): string {
  return ['e30', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'signature'].join('.');
}

function setUp() {
  const state = { nowMs: NOW_MS, checks: 0, isGood: true };
  const verify = rememberVerified(
    async (token) => {
      state.checks += 1;
      if (!state.isGood) throw new Error('refused');
      return { subject: token, ownerId: token, scopes: [] };
    },
    () => state.nowMs,
  );
  return { state, verify };
}

const forAnHour = { exp: NOW_MS / 1000 + 3600 };

test('a token is looked at once in ten seconds', async () => {
  const { state, verify } = setUp();
  const token = tokenWith(forAnHour);
  for (let i = 0; i < 5; i += 1)
    expect(await verify(token)).toEqual({ subject: token, ownerId: token, scopes: [] });
  expect(state.checks).toBe(1);
  state.nowMs += 10_000;
  await verify(token);
  expect(state.checks).toBe(2);
});

test('a token that runs out is not believed beyond its exp', async () => {
  const { state, verify } = setUp();
  const token = tokenWith({ exp: NOW_MS / 1000 + 3 });
  await verify(token);
  state.nowMs += 2999;
  await verify(token);
  expect(state.checks).toBe(1);
  state.nowMs += 1;
  state.isGood = false;
  await expect(verify(token)).rejects.toThrow('refused');
});

test('a refusal is not remembered, and each token has its own answer', async () => {
  const { state, verify } = setUp();
  state.isGood = false;
  await expect(verify(tokenWith(forAnHour))).rejects.toThrow('refused');
  state.isGood = true;
  expect(await verify(tokenWith(forAnHour))).toMatchObject({ ownerId: tokenWith(forAnHour) });
  const other = tokenWith({ ...forAnHour, sub: 'other' });
  expect(await verify(other)).toMatchObject({ ownerId: other });
  expect(state.checks).toBe(3);
});

test('what says no expiry is looked at every time', async () => {
  const { state, verify } = setUp();
  for (const token of [tokenWith({}), tokenWith({ exp: 'never' }), 'no token at all']) {
    state.checks = 0;
    await verify(token);
    await verify(token);
    expect(state.checks).toBe(2);
  }
});
