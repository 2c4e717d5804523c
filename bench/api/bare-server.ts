import { S3Client } from '@aws-sdk/client-s3';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { jwtVerify } from 'jose';
import pg from 'pg';
import { answerParent } from '../support/child.ts';
import { signDirectly, signPerDocumentation } from './bare-signing.ts';

// What a developer would write in an hour: Hono, pg with named statements, the SDK's presigner. No log, no metrics, no
// validation, no CORS, no ETag. BENCH_CAREFUL adds the token, the owner check and the faster signing.

const { DATABASE_URL = '', JWT_SECRET = '', S3_ENDPOINT = '', S3_SOURCE_BUCKET = '' } = process.env;
const isCareful = process.env.BENCH_CAREFUL === '1';
const s3 = new S3Client({
  endpoint: S3_ENDPOINT,
  region: process.env.S3_REGION ?? '',
  forcePathStyle: true,
  credentials: {
    accessKeyId: process.env.S3_ACCESS_KEY_ID ?? '',
    secretAccessKey: process.env.S3_SECRET_ACCESS_KEY ?? '',
  },
});
const sign = isCareful
  ? signDirectly(s3, S3_SOURCE_BUCKET, S3_ENDPOINT)
  : signPerDocumentation(s3, S3_SOURCE_BUCKET);
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(process.env.DATABASE_POOL_SIZE) });
const key = new TextEncoder().encode(JWT_SECRET);
const app = new Hono<{ Variables: { owner?: string } }>();

if (isCareful) {
  app.use(async (c, next) => {
    const token = c.req.header('authorization')?.slice('Bearer '.length) ?? '';
    c.set('owner', (await jwtVerify(token, key, { algorithms: ['HS256'] })).payload.sub);
    await next();
  });
}
const isForeign = (owner: string | undefined, row: { owner_id: string }) =>
  isCareful && owner !== row.owner_id;

app.get('/api/videos/:id', async (c) => {
  const { rows } = await pool.query({
    name: 'video',
    text: `select id, owner_id, title, description, status, fail_reason, current_version, poster_key, duration_seconds,
      width, height, metadata, created_at, updated_at from videos where id = $1 and deleted_at is null`,
    values: [c.req.param('id')],
  });
  const [row] = rows;
  if (!row || isForeign(c.get('owner'), row)) return c.json({ code: 'video_not_found' }, 404);
  return c.json({
    id: row.id,
    ownerId: row.owner_id,
    title: row.title,
    description: row.description,
    status: row.status,
    failReason: row.fail_reason,
    playback: {
      ready: row.status === 'READY',
      streamUrl: `http://localhost:4000/media/videos/${row.id}/hls/${row.current_version}/master.m3u8`,
    },
    posterUrl: `http://localhost:4000/media/${row.poster_key}`,
    progress: null,
    durationSeconds: Number(row.duration_seconds),
    width: row.width,
    height: row.height,
    metadata: row.metadata,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  });
});

app.post('/api/uploads/:id/parts', async (c) => {
  const { partNumbers } = await c.req.json<{ partNumbers: number[] }>();
  const { rows } = await pool.query({
    name: 'session',
    text: `select v.owner_id, s.status, s.file_key, s.provider_upload_id, s.size_bytes, s.part_size_bytes, s.expires_at
      from upload_sessions s join videos v on v.id = s.video_id where s.id = $1 and v.deleted_at is null`,
    values: [c.req.param('id')],
  });
  const [row] = rows;
  if (!row || isForeign(c.get('owner'), row)) return c.json({ code: 'upload_not_found' }, 404);
  if (row.status !== 'IN_PROGRESS' || row.expires_at < new Date())
    return c.json({ code: 'upload_closed' }, 409);
  const partSizeBytes = Number(row.part_size_bytes);
  const parts = await Promise.all(
    partNumbers.map(async (partNumber) => {
      const sizeBytes = Math.min(partSizeBytes, Number(row.size_bytes) - (partNumber - 1) * partSizeBytes);
      const part = { key: row.file_key, uploadId: row.provider_upload_id, partNumber, sizeBytes };
      const uploadUrl = await sign(part);
      return {
        partNumber,
        uploadUrl,
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        sizeBytes,
      };
    }),
  );
  return c.json({ parts });
});

const server = createAdaptorServer({ fetch: app.fetch });
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();

answerParent({ port: () => (typeof address === 'object' ? address?.port : null) }, () => pool.end());
