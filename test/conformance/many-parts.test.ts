import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedS3, startEmbeddedS3 } from '#bootstrap/embedded/s3/server.ts';
import { type Deployment, type Owner, startDeployment } from './deployment.ts';
import { PROTOCOLS } from './protocols.ts';

/** Storage lists 1,000 parts a page. */
const PART_COUNT = 1001;
const PART_SIZE_BYTES = 64;
const LANES = 8;
const BATCH = 50;

let folder: string;
let s3: EmbeddedS3;
let deployment: Deployment;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-many-parts-'));
  // S3 takes no part below 5 MiB, and nobody can wait for five gigabytes.
  const keys = { many: 'a-secret-of-the-tests' };
  s3 = await startEmbeddedS3({ dir: folder, port: 0, keys, buckets: [], minPartSizeBytes: PART_SIZE_BYTES });
  deployment = await startDeployment({
    S3_ENDPOINT: s3.url,
    S3_ACCESS_KEY_ID: 'many',
    S3_SECRET_ACCESS_KEY: keys.many,
  });
});
afterAll(async () => {
  await deployment?.close();
  await s3?.close();
  await rm(folder, { recursive: true, force: true });
});

test('an upload in 1,001 parts, as Uppy sends it, is listed whole and completed whole', async () => {
  deployment.storage.keepAlive(true);
  const owner = await deployment.owner();
  const file = await deployment.file((PART_COUNT - 1) * PART_SIZE_BYTES + 1);
  const companion = await companionFor(owner);
  const { key, uploadId } = await companion<{ key: string; uploadId: string }>('POST', '', {
    filename: file.name,
    type: file.mime,
    metadata: {},
  });
  const at = `/${encodeURIComponent(uploadId)}`;
  const query = `?key=${encodeURIComponent(key)}`;
  const numbers = Array.from({ length: PART_COUNT }, (_, i) => i + 1);
  const waiting = [...numbers];
  const lane = async () => {
    for (let batch = waiting.splice(0, BATCH); batch.length > 0; batch = waiting.splice(0, BATCH)) {
      const { presignedUrls } = await companion<{ presignedUrls: Record<string, string> }>(
        'GET',
        `${at}/batch${query}&partNumbers=${batch.join(',')}`,
      );
      for (const number of batch) {
        const start = (number - 1) * PART_SIZE_BYTES;
        const body = file.bytes.subarray(start, start + PART_SIZE_BYTES);
        const put = await fetch(presignedUrls[number] ?? '', { method: 'PUT', body });
        expect(put.status).toBe(200);
        await put.arrayBuffer();
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));

  const listed = await companion<{ PartNumber: number; Size: number; ETag: string }[]>(
    'GET',
    `${at}${query}`,
  );
  expect(listed.map(({ PartNumber }) => PartNumber)).toEqual(numbers);
  const rest = await fetch(`${deployment.api.url}/api/uploads/${uploadId}`, {
    headers: { authorization: `Bearer ${owner.bearer}` },
  });
  expect(await rest.json()).toMatchObject({
    stored: `1-${PART_COUNT}`,
    bytesUploaded: file.bytes.byteLength,
  });
  const parts = listed.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
  await companion('POST', `${at}/complete${query}`, { parts });
  expect(await deployment.remains(owner.id)).toEqual({
    videos: ['UPLOADED'],
    sessions: ['COMPLETED'],
    sources: [file.sha256],
    openMultiparts: 0,
  });
});

/** Calls as Uppy makes them; throws what is refused. */
async function companionFor(owner: Owner) {
  const file = await deployment.file(1);
  const application = {
    client: 'uppy-6',
    apiUrl: deployment.api.url,
    owner,
    file,
    grantSeconds: 600,
  } as const;
  const { plugin } = await PROTOCOLS['uppy-6'].options(application);
  return async <Body>(method: string, step: string, json?: object): Promise<Body> => {
    const response = await fetch(`${plugin.companionEndpoint}/s3/multipart${step}`, {
      method,
      ...(json && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${step} answered ${response.status}: ${text}`);
    return JSON.parse(text) as Body;
  };
}
