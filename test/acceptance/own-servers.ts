import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SignJWT } from 'jose';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#bootstrap/embedded/postgres/server.ts';
import { migrateDatabase } from '#bootstrap/migrate-database.ts';
import { type Program, startProgram } from '#test/support/processes.ts';

/** Servers that no other test uses, so that they may be stopped and killed. */
export interface OwnServers extends AsyncDisposable {
  readonly databaseUrl: string;
  /** What a role needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  token(ownerId: string): Promise<string>;
  /** Ends Postgres: in order, or as a power cut would. */
  endPostgres(how: 'stop' | 'kill -9'): Promise<void>;
  /** Starts it again on its data and its port. */
  startPostgres(): Promise<void>;
  killS3(): Promise<void>;
  startS3(): Promise<void>;
}

/** Starts Postgres, as durable as it is for an operator, migrates it, and an S3 server in a process of its own. */
export async function startOwnServers(): Promise<OwnServers> {
  const dir = await mkdtemp(path.join(tmpdir(), 'sluice-servers-'));
  // As root the server runs as another account, which has to enter.
  await chmod(dir, 0o711);
  const postgresAt = () => startEmbeddedPostgres({ dir: path.join(dir, 'postgres'), durable: true });
  const secret = randomBytes(20).toString('hex');
  const jwtSecret = randomBytes(32).toString('hex');
  const s3At = async (port: number): Promise<{ program: Program; port: number }> => {
    const program = startProgram(
      ['test/acceptance/s3-server.ts', path.join(dir, 's3'), String(port), 'test', secret],
      {},
    );
    await program.says('listening');
    return { program, port: Number(program.out().split(' ')[1]) };
  };

  let postgres: EmbeddedPostgres = await postgresAt();
  const { url: databaseUrl, port: postgresPort } = postgres;
  await migrateDatabase({ url: databaseUrl });
  let s3 = await s3At(0);

  return {
    databaseUrl,
    env: {
      DATABASE_URL: databaseUrl,
      S3_ENDPOINT: `http://127.0.0.1:${s3.port}`,
      S3_VENDOR: 'embedded',
      S3_REGION: 'us-east-1',
      S3_ACCESS_KEY_ID: 'test',
      S3_SECRET_ACCESS_KEY: secret,
      S3_SOURCE_BUCKET: 'sources',
      S3_MEDIA_BUCKET: 'media',
      JWT_SECRET: jwtSecret,
    },
    token: (ownerId) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(ownerId)
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode(jwtSecret)),
    async endPostgres(how) {
      if (how === 'kill -9') process.kill(postgres.pid, 'SIGKILL');
      await (how === 'stop' ? postgres.stop() : postgres.exited);
    },
    async startPostgres() {
      postgres = await postgresAt();
      if (postgres.port !== postgresPort) throw new Error('Another program took the port of Postgres');
    },
    async killS3() {
      s3.program.signal('SIGKILL');
      await s3.program.ended;
    },
    async startS3() {
      s3 = await s3At(s3.port);
    },
    async [Symbol.asyncDispose]() {
      await s3.program[Symbol.asyncDispose]();
      await postgres.stop();
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
