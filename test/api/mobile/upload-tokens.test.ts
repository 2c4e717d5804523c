import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '#api/app.ts';
import { redactText } from '#bootstrap/redaction.ts';
import type { Log } from '#domain/context.ts';
import { draft, FILE_SIZE_BYTES, openUpload, runStatement } from '../pipeline-steps.ts';
import { bodyOf, createTestApi, problemOf, type TestApi } from '../test-api.ts';

const aheadMs = { value: 0 };
const lines: string[] = [];
let api: TestApi;
beforeAll(async () => {
  const write = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }));
  const log: Log = { debug: write, info: write, warn: write, error: write };
  api = await createTestApi({ log, now: () => new Date(Date.now() + aheadMs.value) });
});
afterAll(() => api.close());

const SOURCE = { sourceMime: 'video/mp4', sourceSizeBytes: FILE_SIZE_BYTES };

interface Started {
  readonly uploadSessionId: string;
  readonly uploadToken: string | null;
  readonly parts: { partNumber: number; uploadUrl: string }[];
}

const startedOf = async (response: Response) => (await response.json()) as Started;

/** A new upload, with all that its answer brings. */
async function started(
  headers: Record<string, string> = {},
): Promise<Started & { videoId: string; uploadToken: string }> {
  const videoId = await draft(api);
  const response = await api.call('POST', `/api/videos/${videoId}/uploads`, { json: SOURCE, headers });
  expect(response.status).toBe(201);
  const started = await startedOf(response);
  return { videoId, ...started, uploadToken: started.uploadToken ?? '' };
}

/** A request whose only credential is an upload token. */
function by(token: string, method: string, path: string, json?: unknown): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}` };
  return api.call(method, path, { as: null, headers, ...(json !== undefined && { json }) });
}

async function store({ parts }: Pick<Started, 'parts'>): Promise<void> {
  for (const { uploadUrl } of parts) {
    const put = await fetch(uploadUrl, { method: 'PUT', body: new Uint8Array(FILE_SIZE_BYTES) });
    expect(put.status).toBe(200);
  }
}

describe('the token of an upload', () => {
  test('takes it from the first part to the end, without a login', async () => {
    const upload = await started();
    const path = `/api/uploads/${upload.uploadSessionId}`;
    const token = upload.uploadToken;
    const signed = await by(token, 'POST', `${path}/parts`, { partNumbers: [1] });
    expect(signed.status).toBe(200);
    await store({ ...upload, parts: (await startedOf(signed)).parts });
    expect((await by(token, 'GET', path)).status).toBe(200);
    expect((await bodyOf(await by(token, 'POST', `${path}/pause`))).status).toBe('PAUSED');
    expect((await bodyOf(await by(token, 'POST', `${path}/resume`))).status).toBe('IN_PROGRESS');
    expect((await bodyOf(await by(token, 'POST', `${path}/complete`))).status).toBe('COMPLETED');
  });

  test('needs no other request when the first parts are all of it', async () => {
    const upload = await started();
    await store(upload);
    const path = `/api/uploads/${upload.uploadSessionId}`;
    expect((await bodyOf(await by(upload.uploadToken, 'POST', `${path}/complete`))).status).toBe('COMPLETED');
  });

  test('cancels it', async () => {
    const { uploadSessionId, uploadToken } = await started();
    const path = `/api/uploads/${uploadSessionId}`;
    expect((await bodyOf(await by(uploadToken, 'POST', `${path}/cancel`))).status).toBe('CANCELED');
  });

  test('opens no other upload of the same owner', async () => {
    const { uploadToken } = await started();
    const other = `/api/uploads/${(await openUpload(api)).sessionId}`;
    for (const [method, path, json] of [
      ['GET', other],
      ['POST', `${other}/parts`, { partNumber: 1 }],
      ['POST', `${other}/complete`],
      ['POST', `${other}/pause`],
      ['POST', `${other}/resume`],
      ['POST', `${other}/cancel`],
    ] as const) {
      const response = await by(uploadToken, method, path, json);
      expect([response.status, (await problemOf(response)).code], path).toEqual([404, 'upload_not_found']);
    }
    expect((await bodyOf(await api.call('GET', other))).status).not.toBe('CANCELED');
  });

  test('opens nothing else of its owner', async () => {
    const { uploadToken, videoId } = await started();
    for (const [method, path, json] of [
      ['GET', '/api/videos'],
      ['POST', '/api/videos', { title: 'x', ...SOURCE }],
      ['GET', `/api/videos/${videoId}`],
      ['PATCH', `/api/videos/${videoId}`, { title: 'x' }],
      ['DELETE', `/api/videos/${videoId}`],
      ['POST', `/api/videos/${videoId}/retry`],
      ['POST', `/api/videos/${videoId}/uploads`, SOURCE],
      ['GET', '/api/uploads'],
      ['GET', '/api/operations/dead-letters'],
      ['GET', `/api/v1/videos/${videoId}`],
    ] as const) {
      const response = await by(uploadToken, method, path, json);
      expect([response.status, (await problemOf(response)).code], path).toEqual([401, 'unauthenticated']);
    }
  });

  test.each(['up_', 'up_short', `up_${'A'.repeat(43)}`, `up_${'A'.repeat(500)}`])(
    'cannot be made up: %s',
    async (token) => {
      const { uploadSessionId } = await started();
      const response = await by(token, 'GET', `/api/uploads/${uploadSessionId}`);
      expect([response.status, (await problemOf(response)).code]).toEqual([401, 'unauthenticated']);
    },
  );

  test('is stored as a digest only', async () => {
    const { uploadSessionId, uploadToken } = await started();
    const em = api.platform.context({ kind: 'system' }).em;
    const [row] = await em.execute('select * from upload_sessions where id = ?', [uploadSessionId]);
    expect(row?.token_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(row)).not.toContain(uploadToken.slice(3));
  });

  test('is in no log line, and would not be in one that held it', async () => {
    lines.length = 0;
    const { uploadSessionId, uploadToken } = await started({ 'Idempotency-Key': 'k1' });
    await by(uploadToken, 'POST', `/api/uploads/${uploadSessionId}/parts`, { partNumber: 99 });
    await by(uploadToken, 'GET', '/api/videos');
    await by(uploadToken, 'POST', `/api/uploads/${uploadSessionId}/cancel`);
    await by(uploadToken, 'GET', `/api/uploads/${uploadSessionId}`);
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.join('\n')).not.toContain(uploadToken.slice(3, 20));
    expect(redactText(`refused ${uploadToken}`)).toBe('refused up_[redacted]');
  });

  test('never gets to who verifies JWTs', async () => {
    const verified: string[] = [];
    const { platform } = api;
    const app = createApi({
      ...platform,
      verifyToken: (token) => {
        verified.push(token);
        return platform.verifyToken(token);
      },
    });
    const headers = { Authorization: `Bearer up_${'B'.repeat(43)}` };
    for (const path of ['/api/videos', '/api/uploads/0198f6a2-6a2e-7a41-9c1e-0d5f5e2b7a10'])
      expect((await app.request(path, { headers })).status).toBe(401);
    expect(verified).toEqual([]);
    const jwt = { Authorization: `Bearer ${await platform.token(api.ownerId)}` };
    expect((await app.request('/api/videos', { headers: jwt })).status).toBe(200);
    expect(verified).toHaveLength(1);
  });
});

describe('a token is dead', () => {
  test('once its upload is canceled, by whomever', async () => {
    const { uploadSessionId, uploadToken } = await started();
    const path = `/api/uploads/${uploadSessionId}`;
    await api.call('POST', `${path}/cancel`);
    for (const [method, of] of [
      ['GET', ''],
      ['POST', '/complete'],
      ['POST', '/cancel'],
      ['POST', '/pause'],
    ] as const)
      expect((await by(uploadToken, method, path + of)).status, of).toBe(401);
  });

  test('once its upload has expired', async () => {
    const { uploadSessionId, uploadToken } = await started();
    const past = "update upload_sessions set expires_at = now() - interval '1 min' where id = ?";
    await runStatement(api.platform, past, [uploadSessionId]);
    expect((await by(uploadToken, 'GET', `/api/uploads/${uploadSessionId}`)).status).toBe(401);
    const parts = await by(uploadToken, 'POST', `/api/uploads/${uploadSessionId}/parts`, { partNumber: 1 });
    expect(parts.status).toBe(401);
  });

  test('once its video is deleted', async () => {
    const { videoId, uploadSessionId, uploadToken } = await started();
    await api.call('DELETE', `/api/videos/${videoId}`);
    expect((await by(uploadToken, 'GET', `/api/uploads/${uploadSessionId}`)).status).toBe(401);
  });

  test('once its upload is completed, but for a day still learns that it is', async () => {
    const upload = await started();
    await store(upload);
    const path = `/api/uploads/${upload.uploadSessionId}`;
    const call = (method: string, of = '', json?: unknown) => by(upload.uploadToken, method, path + of, json);
    await call('POST', '/complete');
    // The answer was lost: the client asks again.
    const again = await call('POST', '/complete');
    expect([again.status, (await bodyOf(again)).status]).toEqual([200, 'COMPLETED']);
    expect((await bodyOf(await call('GET'))).status).toBe('COMPLETED');
    for (const of of ['/parts', '/pause', '/resume', '/cancel'])
      expect((await call('POST', of, of === '/parts' ? { partNumber: 1 } : {})).status, of).toBe(401);
    aheadMs.value = 25 * 3600 * 1000;
    try {
      expect((await call('POST', '/complete')).status).toBe(401);
      expect((await call('GET')).status).toBe(401);
    } finally {
      aheadMs.value = 0;
    }
  });
});

describe('a start that is repeated', () => {
  test('with its Idempotency-Key brings the same session and a new token, and the lost one is dead', async () => {
    const videoId = await draft(api);
    const post = () =>
      api.call('POST', `/api/videos/${videoId}/uploads`, {
        json: SOURCE,
        headers: { 'Idempotency-Key': `start-${videoId}` },
      });
    const lost = await startedOf(await post());
    const response = await post();
    expect([response.status, response.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(response.headers.get('location')).toBe(`/api/uploads/${lost.uploadSessionId}`);
    const told = await startedOf(response);
    expect(told.uploadSessionId).toBe(lost.uploadSessionId);
    expect(told.uploadToken).not.toBe(lost.uploadToken);
    expect(told.parts).toHaveLength(1);
    const path = `/api/uploads/${told.uploadSessionId}`;
    expect((await by(lost.uploadToken ?? '', 'GET', path)).status).toBe(401);
    expect((await by(told.uploadToken ?? '', 'GET', path)).status).toBe(200);
  });

  test('by another device brings the session and no token, and the first one lives on', async () => {
    const first = await started();
    const other = await api.call('POST', `/api/videos/${first.videoId}/uploads`, {
      json: SOURCE,
      headers: { 'Idempotency-Key': 'another-device' },
    });
    expect([other.status, (await startedOf(other)).uploadToken]).toEqual([200, null]);
    const again = await api.call('POST', `/api/videos/${first.videoId}/uploads`, {
      json: SOURCE,
      headers: { 'Idempotency-Key': 'another-device' },
    });
    expect([again.status, (await startedOf(again)).uploadToken]).toEqual([200, null]);
    expect((await by(first.uploadToken, 'GET', `/api/uploads/${first.uploadSessionId}`)).status).toBe(200);
  });

  test('after the upload has ended tells that, with neither token nor parts', async () => {
    const headers = { 'Idempotency-Key': 'ended' };
    const { videoId, uploadSessionId } = await started(headers);
    await api.call('POST', `/api/uploads/${uploadSessionId}/cancel`);
    const response = await api.call('POST', `/api/videos/${videoId}/uploads`, { json: SOURCE, headers });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      uploadSessionId,
      status: 'CANCELED',
      uploadToken: null,
      parts: [],
    });
  });
});
