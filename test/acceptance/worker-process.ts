import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { waitFor } from '#test/support/conditions.ts';
import { type Program, processesNaming, startProgram } from '#test/support/processes.ts';

/** `npm run worker` on a machine of its own, as far as folders go. */
export interface WorkerProcess extends Program {
  /** Pids of its FFmpegs, those that outlived it too. */
  encoders(): Promise<number[]>;
  /** What its encodes left behind. */
  leftovers(): Promise<string[]>;
}

/** Starts a worker for the deployment that `env` describes, and resolves when it takes jobs. */
export async function startWorkerProcess(env: Readonly<Record<string, string>>): Promise<WorkerProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-worker-'));
  const temporary = path.join(folder, 'tmp');
  const program = startProgram(['worker/main.ts'], {
    ...env,
    LOG_LEVEL: 'info',
    SLUICE_DIR: folder,
    TMP_DIR: temporary,
  });
  const dispose = async () => {
    await program[Symbol.asyncDispose]();
    for (const { pid } of await processesNaming(temporary)) killIfAlive(pid);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await program.says('the worker is ready');
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    ...program,
    encoders: async () =>
      (await processesNaming(temporary)).filter(({ state }) => state !== 'Z').map(({ pid }) => pid),
    leftovers: () => readdir(temporary),
    [Symbol.asyncDispose]: dispose,
  };
}

/** Waits until no FFmpeg of a worker is left. */
export async function untilNoEncoder(worker: WorkerProcess): Promise<void> {
  await waitFor('every FFmpeg to be gone', async () => (await worker.encoders()).length === 0, {
    timeoutMs: 60_000,
  });
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
