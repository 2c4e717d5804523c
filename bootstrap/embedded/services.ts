import path from 'node:path';
import type { Log } from '#domain/context.ts';
import type { Config, ResolvedConfig } from '../config.ts';
import { StartFailure } from '../start-failure.ts';
import { ownAddress } from './own-address.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres/server.ts';
import { EMBEDDED_BUCKETS, resolveWith } from './resolve-config.ts';
import { claimRun, type RunAddresses } from './run-file.ts';
import { type EmbeddedS3, startEmbeddedS3 } from './s3/server.ts';
import { generatedSecrets } from './secrets.ts';

export interface EmbeddedServices {
  /** The configuration with the addresses and secrets of what was started. */
  readonly config: ResolvedConfig;
  /** Only where they are not replaced by the environment. */
  readonly postgres?: EmbeddedPostgres;
  readonly s3?: EmbeddedS3;
  /** One line each, for the log. */
  readonly notices: readonly string[];
  /** Resolves, with one line, when a server ends that nobody stopped. */
  readonly failed: Promise<string>;
  /** To be called last: everything else uses them. */
  stop(): Promise<void>;
}

/**
 * Starts what the environment does not name: Postgres under SLUICE_DIR/postgres, an S3 server under SLUICE_DIR/s3. Other
 * processes of the folder find them by its run file.
 *
 * @param log told of what goes wrong in the embedded servers later on
 * @throws StartFailure, in one line, when a port is taken or another `npm start` runs here
 */
export async function startEmbeddedServices(config: Config, log: Log): Promise<EmbeddedServices> {
  const claim = claimRun(config.SLUICE_DIR, config.PUBLIC_URL);
  const stops: (() => Promise<void>)[] = [async () => claim.release()];
  const stop = async () => {
    for (const step of stops.splice(0).reverse()) await step();
  };
  try {
    // In turn: both may have to be taken back, and the first start of Postgres needs the processor anyway.
    const s3 = config.hasOwnStorage ? undefined : await startS3(config, log);
    if (s3) stops.push(() => s3.close());
    const postgres = config.DATABASE_URL ? undefined : await startPostgres(config);
    if (postgres) stops.push(() => postgres.stop());
    const addresses: RunAddresses = {
      ...(postgres && { databaseUrl: postgres.url }),
      ...(s3 && { s3: s3Addresses(config, s3.port) }),
    };
    const resolved = resolveWith(config, addresses);
    claim.publish(addresses);
    return {
      config: resolved,
      ...(postgres && { postgres }),
      ...(s3 && { s3 }),
      notices: postgres?.adopted ? ['Postgres was still running, left by an earlier start: it is used.'] : [],
      failed: failureOf(postgres),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startPostgres(config: Config): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dir: path.join(config.SLUICE_DIR, 'postgres') }).catch((error: Error) => {
    throw new StartFailure(`Embedded Postgres: ${error.message}`, { cause: error });
  });
}

async function startS3(config: Config, log: Log): Promise<EmbeddedS3> {
  const secrets = generatedSecrets(config.SLUICE_DIR);
  const { HOST: host, S3_PORT: port } = config;
  try {
    return await startEmbeddedS3({
      dir: path.join(config.SLUICE_DIR, 's3'),
      host,
      port,
      keys: { [secrets.S3_ACCESS_KEY_ID]: secrets.S3_SECRET_ACCESS_KEY },
      buckets: Object.values(EMBEDDED_BUCKETS),
      onError: (error) => log.error({ err: error }, 'the embedded S3 server had an error'),
    });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const problem =
      code === 'EADDRINUSE'
        ? `Port ${port} of ${host}, for the embedded S3 server, is taken by another program; stop it or choose another S3_PORT.`
        : `Embedded S3 server: ${message}`;
    throw new StartFailure(problem, { cause });
  }
}

/** How this machine, and how clients, reach the embedded server: clients by the host by which they reach the API. */
function s3Addresses(config: Config, port: number): NonNullable<RunAddresses['s3']> {
  return {
    endpoint: ownAddress(config.HOST, port),
    publicEndpoint: config.S3_PUBLIC_ENDPOINT ?? `http://${new URL(config.PUBLIC_URL).hostname}:${port}`,
  };
}

function failureOf(postgres: EmbeddedPostgres | undefined): Promise<string> {
  if (!postgres) return new Promise(() => undefined);
  return postgres.exited.then(({ requested, how }) =>
    requested ? new Promise<never>(() => undefined) : `Embedded Postgres ended: ${how}`,
  );
}
