import { setTimeout as sleep } from 'node:timers/promises';
import type { CoconutFaults } from './faults.ts';
import { type JobRecord, type OutputRecord, presentJob, presentOutput } from './job-record.ts';

export type CoconutEvent =
  | { readonly event: 'input.transferred' | 'job.completed' | 'job.failed' }
  | { readonly event: 'output.completed' | 'output.failed'; readonly output: OutputRecord };

/** One delivery as it went. `status` is null where nobody answered. */
export interface Delivery {
  readonly event: string;
  readonly url: string;
  readonly status: number | null;
}

const TRIES = 3;

/** Sends one event to the job's webhook as Coconut does, up to three times until somebody says yes. */
export async function notify(
  job: JobRecord,
  told: CoconutEvent,
  faults: CoconutFaults,
  deliveries: Delivery[],
): Promise<void> {
  const { notification } = job.request;
  const isFinal = told.event.startsWith('job.');
  if (faults.notifications === 'never' || (!isFinal && !notification.events)) return;
  const url = new URL(notification.url);
  for (const [name, value] of Object.entries(notification.params ?? {})) url.searchParams.set(name, value);
  if (faults.notifications === 'forged') url.searchParams.set('secret', 'guessed');
  const metadata = notification.metadata ?? false;
  const body = JSON.stringify({
    job_id: job.id,
    event: told.event,
    metadata,
    data: dataOf(job, told, metadata),
  });
  for (let copy = 0; copy < (faults.notifications === 'twice' ? 2 : 1); copy += 1)
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const status = await post(url.href, body);
      deliveries.push({ event: told.event, url: url.href, status });
      if (status !== null && status < 300) break;
      await sleep(100);
    }
}

function dataOf(job: JobRecord, told: CoconutEvent, metadata: boolean): object {
  const progress = `${Math.round(job.progressPercent)}%`;
  if ('output' in told) {
    const { format: _, ...output } = presentOutput(told.output) as { format: string };
    return { ...output, progress };
  }
  if (told.event !== 'input.transferred') return { type: 'job', ...presentJob(job) };
  // The transfer's own progress, not the job's.
  return { status: job.inputStatus, progress: '100%', ...(metadata && { metadata: job.inputMetadata }) };
}

async function post(url: string, body: string): Promise<number | null> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(30_000) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return null;
  }
}
