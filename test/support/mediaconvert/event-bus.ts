import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { FakeJob } from './fake-jobs.ts';

/** Where EventBridge sends events, and the header it sends with them. */
export interface EventTarget {
  readonly url: string;
  readonly secret: string;
}

/**
 * How events arrive. `reversed`: those of a job come when it is over, the last first, and once more in their order, among
 * them one of another queue.
 */
export type EventMood = 'in order' | 'never' | 'twice' | 'reversed';

export interface Envelope {
  readonly id: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}

const TRIES = 20;
const RETRY_MS = 100;

/** EventBridge with one rule and one API destination. */
export class EventBus {
  target: EventTarget | null = null;
  mood: EventMood = 'in order';
  /** What was sent, in its order, with the status that came back. */
  readonly sent: { readonly event: Envelope; readonly status: number }[] = [];
  readonly #kept = new Map<string, Envelope[]>();
  readonly #stopped: AbortSignal;

  constructor(stopped: AbortSignal) {
    this.#stopped = stopped;
  }

  /** Tells of a job. Resolves when the target has taken it, or is not going to. */
  async publish(job: FakeJob, status: string, members: object = {}): Promise<void> {
    const event = envelope(job, status, members);
    if (this.mood === 'in order') return this.#deliver(event);
    if (this.mood === 'twice') return this.#deliver(event).then(() => this.#deliver(event));
    if (this.mood === 'never') return;
    const kept = [...(this.#kept.get(job.id) ?? []), event];
    this.#kept.set(job.id, kept);
    if (!['COMPLETE', 'ERROR', 'CANCELED'].includes(status)) return;
    const foreign = {
      ...event,
      id: randomUUID(),
      detail: { ...event.detail, queue: `${job.queue}-of-others` },
    };
    for (const each of [...kept.toReversed(), foreign, ...kept]) await this.#deliver(each);
  }

  /** As EventBridge: again and again until the target answers 2xx. */
  async #deliver(event: Envelope): Promise<void> {
    const { target } = this;
    if (!target) return;
    for (let made = 0; made < TRIES && !this.#stopped.aborted; made += 1) {
      const status = await this.#post(target, event);
      this.sent.push({ event, status });
      if (status >= 200 && status < 300) return;
      await wait(RETRY_MS, undefined, { signal: this.#stopped }).catch(() => undefined);
    }
  }

  async #post({ url, secret }: EventTarget, event: Envelope): Promise<number> {
    try {
      const headers = { 'content-type': 'application/json; charset=utf-8', 'x-sluice-secret': secret };
      const signal = AbortSignal.any([AbortSignal.timeout(5_000), this.#stopped]);
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event), signal });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  }
}

function envelope(job: FakeJob, status: string, members: object): Envelope {
  const [, , , region, account] = job.arn.split(':');
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'MediaConvert Job State Change',
    source: 'aws.mediaconvert',
    account,
    time: new Date().toISOString(),
    region,
    resources: [job.arn],
    detail: {
      timestamp: Date.now(),
      accountId: account,
      queue: job.queue,
      jobId: job.id,
      status,
      userMetadata: job.request.UserMetadata ?? {},
      ...members,
    },
  };
}
