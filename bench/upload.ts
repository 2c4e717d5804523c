/**
 * What Sluice costs an upload: a multipart upload through it against the S3 API alone, signatures a second against the
 * SDK's signer alone, and the memory of the API while a file goes through it by TUS and as the body of a POST.
 * Run: `node bench/upload.ts [--rounds 5] [--mebibytes 512] [--through 1024]`.
 */
import { parseArgs } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { SignJWT } from 'jose';
import { signDirectly } from './api/bare-signing.ts';
import type { LoadResult } from './api/load-generator.ts';
import { type Child, startChild } from './support/child.ts';
import { type Deployment, withDeployment } from './support/deployment.ts';
import { markdownTable, ratioOfRounds, withSpread } from './support/figures.ts';
import { loadNow, machineFacts } from './support/machine-facts.ts';
import { type BenchFile, uploadThroughSluice, uploadToStorage } from './upload/multipart.ts';
import { sendAsBody, sendByTus } from './upload/through-the-api.ts';

const MIB = 1024 ** 2;
const PART_BYTES = 8 * MIB;
const SIGNED_AT_ONCE = 100;
const SAMPLE_EVERY_MS = 100;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    /** Size of the multipart file. */
    mebibytes: { type: 'string', default: '512' },
    /** Size of what goes through the API itself. */
    through: { type: 'string', default: '1024' },
  },
});
const rounds = Number(values.rounds);

await withDeployment(async (deployment) => {
  console.log(await machineFacts({ databaseUrl: deployment.env.DATABASE_URL ?? '' }));
  // A limit for TUS and raw bodies would end the measurement, not the file.
  const server = startChild('api/sluice-server.ts', {
    ...deployment.env,
    UPLOAD_POLICIES: '{"direct":{"uploadsPerHour":null}}',
  });
  try {
    const base = `http://127.0.0.1:${await server.ask<number>('port')}`;
    const token = await ownerToken(deployment);
    await multipart(deployment, base, token);
    await signatures(deployment, server, token);
    await memory(server, base, token);
    console.log(`Load at the end: ${loadNow()}`);
  } finally {
    await server.end();
  }
});

async function multipart({ env }: Deployment, base: string, token: string): Promise<void> {
  const file: BenchFile = { sizeBytes: Number(values.mebibytes) * MIB, part: new Uint8Array(PART_BYTES) };
  const client = storageClient(env);
  const place = { endpoint: env.S3_ENDPOINT ?? '', bucket: env.S3_SOURCE_BUCKET ?? '' };
  const [ours, theirs]: [number[], number[]] = [[], []];
  // The first of each warms up: connections, compiled code, the disk's cache.
  for (let round = 0; round <= rounds; round += 1) {
    const raw = () => uploadToStorage(client, { ...place, key: `bench/${round}` }, file);
    const through = () => uploadThroughSluice(base, token, file);
    const [first, second] = round % 2 === 0 ? [through, raw] : [raw, through];
    const [a, b] = [await first(), await second()];
    if (round === 0) continue;
    ours.push(round % 2 === 0 ? a : b);
    theirs.push(round % 2 === 0 ? b : a);
  }
  const rate = (seconds: readonly number[]) => seconds.map((s) => Number(values.mebibytes) / s);
  console.log(`\nA file of ${values.mebibytes} MiB in parts of 8 MiB, 4 at once, ${rounds} rounds\n`);
  console.log(
    markdownTable([
      { way: 'through Sluice', seconds: withSpread(ours, 2), 'MiB/s': withSpread(rate(ours)) },
      { way: 'S3 API alone', seconds: withSpread(theirs, 2), 'MiB/s': withSpread(rate(theirs)) },
    ]),
  );
  console.log(`\nMiB/s, Sluice / S3 API alone: ${ratioOfRounds(rate(ours), rate(theirs))}`);
}

async function signatures({ env }: Deployment, server: Child, token: string): Promise<void> {
  const port = await server.ask<number>('port');
  const generator = startChild('api/load-generator.ts');
  try {
    const path = await sessionOf1000Parts(`http://127.0.0.1:${port}`, token);
    const partNumbers = Array.from({ length: SIGNED_AT_ONCE }, (_, index) => index + 1);
    const load = {
      port,
      method: 'POST' as const,
      paths: [`${path}/parts`],
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ partNumbers }),
      connections: 8,
    };
    await generator.ask<LoadResult>('run', { ...load, seconds: 10 });
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const { requests, seconds } = await generator.ask<LoadResult>('run', { ...load, seconds: 4 });
      ours.push((requests * SIGNED_AT_ONCE) / seconds);
      theirs.push(await signaturesOfTheSdk(env));
    }
    console.log(`\nSignatures a second, ${SIGNED_AT_ONCE} a request over HTTP: ${withSpread(ours)}`);
    console.log(`The SDK's signer alone, in a loop of one process: ${withSpread(theirs)}`);
    console.log(`Sluice / signer alone: ${ratioOfRounds(ours, theirs)}`);
  } finally {
    await generator.end();
  }
}

async function signaturesOfTheSdk(env: Deployment['env']): Promise<number> {
  const sign = signDirectly(storageClient(env), env.S3_SOURCE_BUCKET ?? '', env.S3_ENDPOINT ?? '');
  const startedAt = performance.now();
  let signed = 0;
  for (; performance.now() - startedAt < 2000; signed += 1)
    await sign({ key: 'bench', uploadId: 'u', partNumber: (signed % 1000) + 1, sizeBytes: PART_BYTES });
  return signed / ((performance.now() - startedAt) / 1000);
}

async function sessionOf1000Parts(base: string, token: string): Promise<string> {
  const call = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as { id: string; uploadSessionId: string };
  };
  const source = { sourceMime: 'video/mp4', sourceSizeBytes: 1000 * MIB };
  const { id } = await call('/api/videos', { title: 'A file', ...source });
  return `/api/uploads/${(await call(`/api/videos/${id}/uploads`, source)).uploadSessionId}`;
}

/** The most that the API holds while a small and a large file go through it: flat means that both are alike. */
async function memory(server: Child, base: string, token: string): Promise<void> {
  const large = Number(values.through);
  const rows: Record<string, string>[] = [];
  for (const [way, send] of Object.entries({ TUS: sendByTus, 'POST body': sendAsBody })) {
    await peakWhile(server, () => send(base, token, 128 * MIB));
    const small = await peakWhile(server, () => send(base, token, 128 * MIB));
    const startedAt = performance.now();
    const peak = await peakWhile(server, () => send(base, token, large * MIB));
    const seconds = (performance.now() - startedAt) / 1000;
    rows.push({
      way,
      'peak, 128 MiB': `${(small / MIB).toFixed(0)} MiB`,
      [`peak, ${large} MiB`]: `${(peak / MIB).toFixed(0)} MiB`,
      ratio: (peak / small).toFixed(2),
      'MiB/s': (large / seconds).toFixed(0),
    });
  }
  console.log(`\nResident memory of the API\n\n${markdownTable(rows)}\n`);
}

async function peakWhile(server: Child, work: () => Promise<void>): Promise<number> {
  let peak = 0;
  const sample = async () => {
    peak = Math.max(peak, await server.ask<number>('memory'));
  };
  const timer = setInterval(sample, SAMPLE_EVERY_MS);
  try {
    await work();
    await sample();
  } finally {
    clearInterval(timer);
  }
  return peak;
}

function storageClient(env: Deployment['env']): S3Client {
  return new S3Client({
    endpoint: env.S3_ENDPOINT ?? '',
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: env.S3_ACCESS_KEY_ID ?? '', secretAccessKey: env.S3_SECRET_ACCESS_KEY ?? '' },
  });
}

function ownerToken({ env }: Deployment): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('6f2b8e0a-58f8-4b0c-9a55-0b8f6d1c2e3f')
    .setExpirationTime('6h')
    .sign(new TextEncoder().encode(env.JWT_SECRET ?? ''));
}
