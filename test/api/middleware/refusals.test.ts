import { ConnectionException } from '@mikro-orm/core';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { expect, test } from 'vitest';
import type { ApiEnvironment } from '#api/environment.ts';
import { requestContext } from '#api/middleware/request-context.ts';
import { answerError } from '#api/problems/answer-error.ts';
import { PROBLEM_KINDS } from '#api/problems/problem-table.ts';
import type { Log } from '#domain/context.ts';
import { DomainError, ERROR_CODES } from '#domain/errors.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { problemOf } from '../test-api.ts';

function appThatThrows(error: unknown) {
  const lines: string[] = [];
  const write = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }));
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const app = new Hono<ApiEnvironment>();
  app.onError(answerError);
  app.use(requestContext(log));
  app.get('/', () => {
    throw error;
  });
  return { app, lines };
}
const withCode = (code: string, message = 'x') => Object.assign(new Error(message), { code });

test.each(ERROR_CODES)('%s is answered with its status and title', async (code) => {
  const response = await appThatThrows(new DomainError(code, 'why')).app.request('/');
  expect(await problemOf(response)).toMatchObject({
    code,
    detail: 'why',
    status: PROBLEM_KINDS[code].status,
    title: PROBLEM_KINDS[code].title,
    type: `/problems#${code}`,
  });
});

test("a refusal's own members are told, and cannot pass for ours", async () => {
  const error = new DomainError('parts_missing', 'x', {
    members: { missing: '7,19-20', status: 200, code: 'ok' },
  });
  const response = await appThatThrows(error).app.request('/');
  expect(await problemOf(response)).toMatchObject({ missing: '7,19-20', status: 409, code: 'parts_missing' });
});

test.each([
  [
    'storage that does not answer',
    new StorageError('unavailable', 'storage unavailable: x'),
    'storage_unavailable',
  ],
  ['a refused connection', withCode('ECONNREFUSED'), 'database_unavailable'],
  ['all addresses refused', new AggregateError([withCode('ECONNREFUSED')]), 'database_unavailable'],
  ['the ORM over one', new ConnectionException(withCode('ECONNRESET')), 'database_unavailable'],
  ['a database that starts', withCode('57P03'), 'database_unavailable'],
  ['a database that stops', withCode('57P01'), 'database_unavailable'],
  ['too many connections', withCode('53300'), 'database_unavailable'],
  [
    'a pool that waited too long',
    new Error('timeout exceeded when trying to connect'),
    'database_unavailable',
  ],
  ['a cause deep down', new Error('x', { cause: withCode('08006') }), 'database_unavailable'],
])('%s is 503 and worth a retry', async (_, error, code) => {
  const response = await appThatThrows(error).app.request('/');
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await problemOf(response)).code).toBe(code);
});

test.each([
  new Error('password=hunter2 in select * from videos'),
  withCode('23505', 'duplicate key hunter2'),
  new StorageError('access_refused', 'storage refused the access key hunter2'),
  new HTTPException(418, { message: 'hunter2' }),
])('what nobody expected is 500, told to the log and to nobody else', async (error) => {
  const { app, lines } = appThatThrows(error);
  const response = await app.request('/');
  expect(response.status).toBe(500);
  const body = await response.text();
  expect(body).not.toContain('hunter2');
  expect(JSON.parse(body).requestId).toBe(response.headers.get('x-request-id'));
  expect(lines.join()).toContain('hunter2');
  expect(lines.join()).toContain(JSON.parse(body).requestId);
});

test.each(['12345678', 'a-b_c.d:e-1234', 'x'.repeat(128)])('the request id %s is kept', async (id) => {
  const { app } = appThatThrows(new DomainError('not_found', 'x'));
  const response = await app.request('/', { headers: { 'X-Request-Id': id } });
  expect(response.headers.get('x-request-id')).toBe(id);
});

test.each(['short', 'x'.repeat(129), 'with space', '<script>', '{"a":1}xxx'])(
  'the request id %s is replaced',
  async (id) => {
    const { app } = appThatThrows(new DomainError('not_found', 'x'));
    const response = await app.request('/', { headers: { 'X-Request-Id': id } });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  },
);
