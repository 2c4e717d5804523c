import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { StartFailure } from '../start-failure.ts';
import { makeOwnFolder } from './own-folder.ts';

const RUN = z.object({
  pid: z.number().int().positive(),
  /** When the kernel started that process: its number may by now be another program's. */
  processStart: z.string(),
  startedAt: z.iso.datetime(),
  publicUrl: z.string(),
  /** False until the embedded servers answer. */
  isReady: z.boolean(),
  databaseUrl: z.string().optional(),
  s3: z.object({ endpoint: z.string(), publicEndpoint: z.string() }).optional(),
});

/** What a running `npm start` tells other processes of its folder. Holds the database's password: mode 0600. */
export type Run = z.output<typeof RUN>;
export type RunAddresses = Pick<Run, 'databaseUrl' | 's3'>;

export interface RunClaim {
  /** Lets others find the servers. */
  publish(addresses: RunAddresses): void;
  release(): void;
}

/**
 * Takes the folder for this process.
 *
 * @throws StartFailure when another `npm start` is running in it
 */
export function claimRun(dir: string, publicUrl: string): RunClaim {
  makeOwnFolder(dir);
  const file = runFileOf(dir);
  const run: Run = {
    pid: process.pid,
    processStart: processStart(process.pid) ?? '',
    startedAt: new Date().toISOString(),
    publicUrl,
    isReady: false,
  };
  const draft = `${file}.${process.pid}.new`;
  const write = (content: Run) =>
    writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  write(run);
  try {
    if (!readRun(dir)) rmSync(file, { force: true });
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const other = readRun(dir);
    throw new StartFailure(
      `\`npm start\` already runs in this folder (process ${other?.pid ?? 'unknown'}, ${other?.publicUrl ?? dir}); stop it, or set SLUICE_DIR and PORT for a second one.`,
    );
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    publish(addresses) {
      write({ ...run, ...addresses, isReady: true });
      renameSync(draft, file);
    },
    release() {
      if (readRun(dir)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

/** The `npm start` that is running in the folder; undefined where none is, even if a killed one left its file. */
export function readRun(dir: string): Run | undefined {
  const run = RUN.safeParse(readJson(runFileOf(dir))).data;
  return run && processStart(run.pid) === run.processStart ? run : undefined;
}

function runFileOf(dir: string): string {
  return path.join(dir, 'run.json');
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * The start time of a living process as the kernel counts it (field 22 of /proc/pid/stat), an empty text where there is
 * no /proc; undefined for a process that is gone or only waits to be reaped.
 */
function processStart(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, under another account.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  try {
    // The second field is the program's name in parentheses, and may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return '';
  }
}
