import { mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { assertReachable, serverAccount } from './account.ts';
import { locateBinaries, reachableBinaries } from './binaries.ts';
import { ensureCluster, superuser } from './cluster.ts';
import { launchPostgres, type PostgresTls } from './launch.ts';
import { answers } from './login.ts';
import { choosePort } from './port.ts';
import { disownPostmasterPid, lastPort } from './postmaster.ts';
import { untilReady } from './ready.ts';
import { type PostgresExit, watchServer } from './watch.ts';

export interface EmbeddedPostgresOptions {
  /** everything lives here: data, password, log. Made if missing */
  dir: string;
  /** wanted port; a busy one is replaced. Default: the last one used here, else a free one */
  port?: number;
  /** false trades safety against power loss for speed, for tests. Default true */
  durable?: boolean;
  /** default `<dir>/server.log` */
  logFile?: string;
  /** the server then takes TLS connections only */
  tls?: PostgresTls;
}

export interface EmbeddedPostgres {
  /** superuser and database `postgres`; holds the password, so never log it */
  url: string;
  port: number;
  pid: number;
  /** true where the server was running already, left by a process that was killed */
  adopted: boolean;
  /** resolves when the server is gone, asked for or not; does not keep Node running */
  exited: Promise<PostgresExit>;
  /** Fast shutdown: open transactions are rolled back, data is written out. Resolves when the process is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL server on 127.0.0.1 from the programs that npm installed, or adopts the one that still
 * runs on this directory. Data outlives the server, this process and `kill -9` of either.
 *
 * @throws Error that says what to do: no programs for this platform, a directory that the server's account cannot
 * enter, data of another account, a server that refuses our password, or the server's own last log lines
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { durable = true, tls } = options;
  const located = await locateBinaries();
  mkdirSync(options.dir, { recursive: true });
  // The server writes its directory into its files by the path that it was given: one path for one directory.
  const dir = realpathSync(options.dir);
  const dataDir = path.join(dir, 'data');
  const account = serverAccount(dataDir);
  assertReachable(dir, account);
  const { postgres, initdb } = reachableBinaries(located, account, dir);
  const passwordFile = path.join(dir, 'password');
  const password = await ensureCluster({ dataDir, passwordFile, initdb, account, durable });
  const logFile = path.resolve(options.logFile ?? path.join(dir, 'server.log'));
  const urlOf = (port: number) => `postgres://${superuser}:${password}@127.0.0.1:${port}/postgres`;
  const { running, launched } = await untilReady({
    dataDir,
    logFile,
    launch: async () => {
      const port = await choosePort([options.port, lastPort(dataDir)]);
      disownPostmasterPid(dataDir);
      return launchPostgres({ postgres, dir, dataDir, logFile, port, durable, tls, account });
    },
    answers: (port) => answers(urlOf(port), tls),
  });
  const adopted = running.pid !== launched?.pid;
  const server = watchServer(running.pid, dataDir, adopted ? undefined : launched?.end);
  return { url: urlOf(running.port), port: running.port, pid: running.pid, adopted, ...server };
}
