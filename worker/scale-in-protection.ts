import type { Log } from '#domain/context.ts';

/** ECS ends a protection after that long by itself, so that a worker that dies does not keep its task. */
const EXPIRES_MINUTES = 20;
const LOOK_EVERY_MS = 30_000;
const RENEW_EVERY_MS = 5 * 60_000;
const ANSWER_MAX_MS = 5000;

export interface ScaleInProtection {
  /** One more encode is held. Call what it returns once, when it has ended. */
  hold(): () => void;
  stop(): Promise<void>;
}

export interface ProtectionOptions {
  /** `ECS_AGENT_URI`, which ECS gives each of its containers. */
  readonly agentUri: string;
  readonly log: Log;
  /** How often it is looked whether ECS knows what we want; milliseconds. */
  readonly lookEveryMs?: number;
}

/**
 * Asks ECS not to choose this task when the fleet shrinks or a deploy replaces it, as long as an encode is held here. Both
 * wait for the encode's end. Capacity that is taken back ends the task all the same, and its attempt is handed back (R7). An
 * agent that does not answer is asked again; nothing else depends on it.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
 */
export function protectFromScaleIn({
  agentUri,
  log,
  lookEveryMs = LOOK_EVERY_MS,
}: ProtectionOptions): ScaleInProtection {
  let held = 0;
  let told = { isProtected: false, atMs: performance.now() };
  let current: Promise<void> | undefined;

  const tell = async () => {
    const isProtected = held > 0;
    const isStale = isProtected && performance.now() - told.atMs > RENEW_EVERY_MS;
    if (isProtected === told.isProtected && !isStale) return;
    try {
      await putState(agentUri, isProtected);
      told = { isProtected, atMs: performance.now() };
    } catch (error) {
      log.warn({ err: error, isProtected }, 'ECS did not take the protection from scale-in');
    }
  };
  const look = () => {
    current ??= tell().finally(() => {
      current = undefined;
    });
  };
  const timer = setInterval(look, lookEveryMs);
  return {
    hold() {
      held += 1;
      look();
      let isHeld = true;
      return () => {
        if (isHeld) held -= 1;
        isHeld = false;
        // Told between any two encodes, however close: a deploy could never replace a worker that is never without one.
        if (held === 0) look();
      };
    },
    async stop() {
      clearInterval(timer);
      await current;
    },
  };
}

async function putState(agentUri: string, isProtected: boolean): Promise<void> {
  const answer = await fetch(`${agentUri}/task-protection/v1/state`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ProtectionEnabled: isProtected,
      ...(isProtected && { ExpiresInMinutes: EXPIRES_MINUTES }),
    }),
    signal: AbortSignal.timeout(ANSWER_MAX_MS),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The agent of ECS answered ${answer.status}: ${text.slice(0, 200)}`);
}
