import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { giveTo, type ServerAccount } from './account.ts';
import { serverEnvironment } from './cluster.ts';

/** PEM files of a server that speaks TLS only. */
export interface PostgresTls {
  certFile: string;
  keyFile: string;
  /** CA of `certFile`, by which we log in ourselves; Node's own CAs where absent */
  caFile?: string;
}

export interface LaunchOptions {
  postgres: string;
  dir: string;
  dataDir: string;
  logFile: string;
  port: number;
  durable: boolean;
  tls: PostgresTls | undefined;
  account: ServerAccount | undefined;
}

export interface Launched {
  port: number;
  pid: number | undefined;
  /** how it ended ("exit code 1", "signal SIGKILL"), once it has */
  ended: string | undefined;
  /** resolves with `ended`; does not keep Node running */
  end: Promise<string>;
  /** what the server has logged since its launch */
  log(): string;
}

// A log that nobody reads must not fill a laptop's disk: past this it starts again.
const logSizeMaxBytes = 10 * 1024 ** 2;

/**
 * Starts the server and returns at once. It gets a session of its own: Ctrl-C in the terminal reaches us but not
 * the database, which must outlive the work that we still have to finish.
 */
export function launchPostgres(options: LaunchOptions): Launched {
  const { postgres, dataDir, logFile, port, account } = options;
  const settings = Object.entries({ ...commonSettings, ...speed(options.durable), ...access(options) });
  const args = [
    '-D',
    dataDir,
    '-p',
    String(port),
    ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const log = openSync(
    logFile,
    (statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > logSizeMaxBytes ? 'w' : 'a',
    0o600,
  );
  const logStartBytes = statSync(logFile).size;
  const child = spawn(postgres, args, {
    ...account,
    env: serverEnvironment,
    cwd: '/',
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  child.unref();
  const launched: Launched = {
    port,
    pid: child.pid,
    ended: undefined,
    end: new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
    }),
    log: () => readFileSync(logFile).subarray(logStartBytes).toString().trim(),
  };
  launched.end.then((how) => {
    launched.ended = how;
  });
  return launched;
}

const commonSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
};

function speed(durable: boolean): Record<string, string> {
  if (durable) return {};
  return { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' };
}

/** Only password logins from this machine; with TLS, no plain connection at all, as managed databases do. */
function access({ dir, tls, account }: LaunchOptions): Record<string, string> {
  const place = (name: string, write: (file: string) => void) => {
    const file = path.join(dir, name);
    write(file);
    giveTo(account, file);
    return file;
  };
  const rules = `${tls ? 'hostssl' : 'host'} all all 127.0.0.1/32 scram-sha-256\n`;
  const hba = place('pg_hba.conf', (file) => writeFileSync(file, rules, { mode: 0o600 }));
  if (!tls) return { hba_file: hba };
  // PostgreSQL takes a key only from a file of its own account and mode 0600; a checkout's has neither.
  const copyOf = (source: string) => (file: string) => {
    writeFileSync(file, readFileSync(source), { mode: 0o600 });
  };
  return {
    hba_file: hba,
    ssl: 'on',
    ssl_cert_file: place('tls-cert.pem', copyOf(tls.certFile)),
    ssl_key_file: place('tls-key.pem', copyOf(tls.keyFile)),
  };
}
