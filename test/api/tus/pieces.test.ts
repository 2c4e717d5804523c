import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemOf } from '#test/api/test-api.ts';
import { waitFor } from '#test/support/conditions.ts';
import { hangingPatch } from './raw-patch.ts';
import {
  begun,
  bytes,
  head,
  MIB,
  offsetOf,
  patch,
  serveTus,
  sourceOf,
  standing,
  type TusApi,
} from './tus-api.ts';

const MAX_BYTES = 40 * MIB;

let endedPieces = 0;
const count = ({ method }: { method?: string }) => {
  if (method === 'PATCH') endedPieces += 1;
};
const log = { debug() {}, info: count, warn() {}, error: count };

let api: TusApi;
beforeAll(async () => {
  api = await serveTus({
    log,
    env: { UPLOAD_POLICIES: `{"direct":{"uploadsPerHour":null,"maxSizeBytes":${MAX_BYTES}}}` },
  });
});
afterAll(() => api.close());

const ownerId = randomUUID();
const COMPLETED = { video: 'UPLOADED', session: 'COMPLETED' };

test('pieces of any length make the file: shorter than a part, across parts, a whole part, the rest', async () => {
  const file = bytes(26 * MIB + 77);
  const { path, videoId } = await begun(api, ownerId, file.length);
  let offset = 0;
  for (const length of [1, 3 * MIB, 5 * MIB - 1, 8 * MIB, 5 * MIB, 200, file.length]) {
    const piece = file.subarray(offset, offset + length);
    const response = await patch(api, path, offset, piece);
    expect(response.status).toBe(204);
    offset += piece.length;
    expect(response.headers.get('upload-offset')).toBe(String(offset));
    expect(response.headers.get('tus-resumable')).toBe('1.0.0');
    expect(response.headers.get('sluice-video-id')).toBe(videoId);
    expect(response.headers.has('upload-expires')).toBe(offset < file.length);
    expect(await offsetOf(api, path)).toBe(offset);
  }
  expect(await standing(api, videoId)).toEqual(COMPLETED);
  expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
  const { sources } = api.platform.context({ kind: 'system' }).storage;
  const keys = (await Array.fromAsync(sources.list(`uploads/${videoId}/`))).map(({ key }) => key);
  expect(keys).toEqual([expect.stringMatching(/\/source\.mp4$/)]);
});

test('a file that ends with a part, and one of a single byte', async () => {
  for (const length of [16 * MIB, 1]) {
    const file = bytes(length);
    const { path, videoId } = await begun(api, ownerId, length);
    expect((await patch(api, path, 0, file)).status).toBe(204);
    expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
  }
});

test('a completed upload stays as long as it was, for whoever lost the last answer', async () => {
  const file = bytes(1000);
  const { path, videoId } = await begun(api, ownerId, 1000);
  await patch(api, path, 0, file);
  const answer = await head(api, path);
  expect([answer.headers.get('upload-offset'), answer.headers.get('upload-length')]).toEqual([
    '1000',
    '1000',
  ]);
  expect(answer.headers.get('sluice-video-id')).toBe(videoId);
  expect((await problemOf(await patch(api, path, 0, file))).code).toBe('offset_conflict');
  expect((await patch(api, path, 1000, bytes(0))).status).toBe(204);
  const later = "update upload_sessions set expires_at = now() - interval '5 days' where video_id = ?";
  await api.platform.context({ kind: 'system' }).em.execute(later, [videoId]);
  expect(await offsetOf(api, path)).toBe(1000);
});

test('whoever may send no PATCH sends a POST that says PATCH', async () => {
  const file = bytes(1000);
  const { path, videoId } = await begun(api, ownerId, 1000);
  const response = await fetch(api.url + path, {
    method: 'POST',
    headers: {
      'Tus-Resumable': '1.0.0',
      'X-HTTP-Method-Override': 'PATCH',
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Offset': '0',
    },
    body: file,
  });
  expect(response.status).toBe(204);
  expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
});

test('a login that ends costs nothing: what a client sends beside the address is not looked at', async () => {
  const file = bytes(1000);
  const { path, videoId } = await begun(api, ownerId, 1000);
  const stale = { Authorization: `Bearer ${await api.platform.token(ownerId, { expiresIn: '-1h' })}` };
  expect((await head(api, path, stale)).status).toBe(200);
  expect((await patch(api, path, 0, file.subarray(0, 500), stale)).status).toBe(204);
  expect((await patch(api, path, 500, file.subarray(500), { Authorization: 'Bearer x' })).status).toBe(204);
  expect(await standing(api, videoId)).toEqual(COMPLETED);
});

test('what proxies add about themselves stops no upload', async () => {
  const { path } = await begun(api, ownerId, 1000);
  const proxied = { 'X-Forwarded-Proto': 'https, http', Forwarded: 'proto=https;host=x' };
  expect((await patch(api, path, 0, bytes(10), proxied)).status).toBe(204);
});

test('a connection that breaks costs at most what was still in buffers, in the middle of a part too', async () => {
  const file = bytes(12 * MIB);
  const { path, videoId } = await begun(api, ownerId, file.length);
  let offset = 0;
  for (const sent of [3 * MIB, 6 * MIB]) {
    const body = file.subarray(offset, offset + sent);
    const before = endedPieces;
    const { socket } = await hangingPatch(api, path, { offset, announcedBytes: file.length - offset, body });
    socket.destroy();
    // Asked earlier, HEAD would itself end the piece, wherever it was.
    await waitFor('the piece to end', async () => endedPieces > before);
    const sentUpTo = offset + sent;
    offset = await offsetOf(api, path);
    expect(offset).toBeGreaterThan(sentUpTo - MIB);
    expect(offset).toBeLessThanOrEqual(sentUpTo);
  }
  expect((await patch(api, path, offset, file.subarray(offset))).status).toBe(204);
  expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
});

describe('refused, and nothing moves', () => {
  test.each([
    ['another offset', 5, {}, 409, 'offset_conflict'],
    ['an offset that is none', 0, { 'Upload-Offset': 'x' }, 400, 'invalid_request'],
    ['another content type', 0, { 'Content-Type': 'video/mp4' }, 415, 'unsupported_media_type'],
    ['another version', 0, { 'Tus-Resumable': '0.2.2' }, 412, 'protocol_version'],
    ['another length than before', 0, { 'Upload-Length': '1001' }, 400, 'invalid_request'],
  ] as const)('%s', async (_what, offset, headers, status, code) => {
    const { path } = await begun(api, ownerId, 1000);
    const response = await patch(api, path, offset, bytes(100), headers);
    expect(response.status).toBe(status);
    expect(response.headers.get('tus-resumable')).toBe('1.0.0');
    expect((await problemOf(response)).code).toBe(code);
    expect(await offsetOf(api, path)).toBe(0);
  });

  test('more bytes than the length', async () => {
    const { path } = await begun(api, ownerId, 1000);
    expect((await problemOf(await patch(api, path, 0, bytes(1001)))).status).toBe(413);
    expect(await offsetOf(api, path)).toBe(0);
  });

  test('an address that nobody was given is 404, and so is one whose video is deleted', async () => {
    const unknown = `/api/tus/up_${'a'.repeat(43)}`;
    expect((await head(api, unknown)).status).toBe(404);
    expect((await problemOf(await patch(api, unknown, 0, bytes(1)))).code).toBe('upload_not_found');
    const { path, videoId } = await begun(api, ownerId, 1000);
    const headers = { Authorization: `Bearer ${await api.platform.token(ownerId)}` };
    expect((await fetch(`${api.url}/api/videos/${videoId}`, { method: 'DELETE', headers })).status).toBe(204);
    expect((await head(api, path)).status).toBe(404);
  });
});

describe('a length that is said late', () => {
  test('may be said with the last piece, and again', async () => {
    const file = bytes(9 * MIB);
    const { path, videoId } = await begun(api, ownerId, 'deferred');
    expect((await head(api, path)).headers.get('upload-defer-length')).toBe('1');
    expect((await patch(api, path, 0, file.subarray(0, 5 * MIB))).status).toBe(204);
    const length = { 'Upload-Length': String(file.length) };
    expect((await patch(api, path, 5 * MIB, file.subarray(5 * MIB, 6 * MIB), length)).status).toBe(204);
    expect((await head(api, path)).headers.get('upload-length')).toBe(String(file.length));
    expect((await patch(api, path, 6 * MIB, file.subarray(6 * MIB), length)).status).toBe(204);
    expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
  });

  test.each([[8 * MIB], [3 * MIB]])('may be said when all %i bytes are there', async (sizeBytes) => {
    const file = bytes(sizeBytes);
    const { path, videoId } = await begun(api, ownerId, 'deferred');
    expect((await patch(api, path, 0, file)).status).toBe(204);
    expect(await standing(api, videoId)).toEqual({ video: 'UPLOADING', session: 'IN_PROGRESS' });
    const last = await patch(api, path, sizeBytes, bytes(0), { 'Upload-Length': String(sizeBytes) });
    expect(last.status).toBe(204);
    expect(await standing(api, videoId)).toEqual(COMPLETED);
    expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
  });

  test('is judged like one that is said at once', async () => {
    const { path } = await begun(api, ownerId, 'deferred');
    const large = await patch(api, path, 0, bytes(10), { 'Upload-Length': String(MAX_BYTES + 1) });
    expect((await problemOf(large)).status).toBe(413);
    expect((await problemOf(await patch(api, path, 0, bytes(0), { 'Upload-Length': '0' }))).status).toBe(422);
    expect(await offsetOf(api, path)).toBe(0);
    expect((await problemOf(await patch(api, path, 0, bytes(MAX_BYTES + 1)))).status).toBe(413);
  });
});

describe('a checksum', () => {
  const sum = (algorithm: string, piece: Uint8Array) => ({
    'Upload-Checksum': `${algorithm} ${createHash(algorithm).update(piece).digest('base64')}`,
  });

  test.each(['sha1', 'sha256', 'md5'])('%s that fits lets the piece in', async (algorithm) => {
    const file = bytes(1000);
    const { path, videoId } = await begun(api, ownerId, 1000);
    expect((await patch(api, path, 0, file, sum(algorithm, file))).status).toBe(204);
    expect(await standing(api, videoId)).toEqual(COMPLETED);
  });

  test('that does not fit keeps nothing of it, however many parts it had; the right bytes follow', async () => {
    const file = bytes(20 * MIB);
    const { path, videoId } = await begun(api, ownerId, file.length);
    expect(
      (await patch(api, path, 0, file.subarray(0, MIB), sum('sha1', file.subarray(0, MIB)))).status,
    ).toBe(204);
    const rest = file.subarray(MIB);
    const wrong = await patch(api, path, MIB, bytes(rest.length), sum('sha1', rest));
    expect(wrong.status).toBe(460);
    expect((await problemOf(wrong)).code).toBe('checksum_mismatch');
    expect(await offsetOf(api, path)).toBe(MIB);
    expect((await patch(api, path, MIB, rest, sum('sha1', rest))).status).toBe(204);
    expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
  });

  test('cannot be checked when the connection breaks: nothing of the piece is kept', async () => {
    const file = bytes(1000);
    const { path } = await begun(api, ownerId, 1000);
    const { socket } = await hangingPatch(api, path, {
      offset: 0,
      announcedBytes: 1000,
      body: file.subarray(0, 999),
      headers: sum('sha1', file),
    });
    expect(await offsetOf(api, path)).toBe(0);
    socket.destroy();
    expect((await patch(api, path, 0, file, sum('sha1', file))).status).toBe(204);
  });

  test('by an unknown algorithm is refused', async () => {
    const { path } = await begun(api, ownerId, 1000);
    const unknown = await patch(api, path, 0, bytes(1000), { 'Upload-Checksum': 'crc32 AAAAAA==' });
    expect((await problemOf(unknown)).status).toBe(400);
    expect(await offsetOf(api, path)).toBe(0);
  });
});
