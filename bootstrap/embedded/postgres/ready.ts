import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Launched } from './launch.ts';
import { isFree } from './port.ts';
import { type Postmaster, readPostmaster } from './postmaster.ts';

interface Start {
  dataDir: string;
  logFile: string;
  launch(): Promise<Launched>;
  /** whether the server on this port lets us in */
  answers(port: number): Promise<boolean>;
}

// Recovery of a large database after a crash takes its time.
const startTimeoutMs = 60_000;
// The children of a killed server hold its memory for a moment, and the next server refuses to start meanwhile.
const launchesMax = 20;
const relaunchDelayMs = 250;
const endTimeoutMs = 10_000;

interface Ready {
  running: Postmaster;
  /** our launch; its pid is another than that of `running` where the server is not ours */
  launched: Launched | undefined;
}

/**
 * Brings the directory to a state in which one server runs on it, is ready and lets us in: one that runs already,
 * or the one that we launch. Of two processes that start at once, one launches and the other finds that server.
 *
 * @throws Error with the last lines of the log, where the server ends or does not become ready in a minute
 */
export async function untilReady(start: Start): Promise<Ready> {
  const { dataDir } = start;
  const leftBehind = existsSync(path.join(dataDir, 'postmaster.pid'));
  const deadline = Date.now() + startTimeoutMs;
  let launched: Launched | undefined;
  let launches = 0;
  try {
    while (Date.now() < deadline) {
      const running = readPostmaster(dataDir);
      if (running?.ready && (await start.answers(running.port))) return { running, launched };
      if (launched?.ended && !running) {
        const mayPass = leftBehind || !(await isFree(launched.port));
        if (!mayPass || launches >= launchesMax) throw new Error(failure(start, launched));
        await sleep(relaunchDelayMs);
      }
      if (!running && (!launched || launched.ended)) {
        launched = await start.launch();
        launches += 1;
      }
      await sleep(20);
    }
    const pid = readPostmaster(dataDir)?.pid ?? 'unknown';
    throw new Error(
      `PostgreSQL (pid ${pid}) on ${dataDir} did not answer in ${startTimeoutMs / 1000} s; see ${start.logFile}.`,
    );
  } catch (error) {
    if (launched) await end(launched);
    throw error;
  }
}

/** A start that fails leaves no server of its own behind. */
async function end(launched: Launched): Promise<void> {
  if (!launched.pid || launched.ended) return;
  process.kill(launched.pid, 'SIGINT');
  await Promise.race([launched.end, sleep(endTimeoutMs)]);
}

function failure({ dataDir, logFile }: Start, { ended, log }: Launched): string {
  const lastLines = log().split('\n').slice(-5).join('\n');
  return `PostgreSQL on ${dataDir} ended with ${ended}; see ${logFile}:\n${lastLines}`;
}
