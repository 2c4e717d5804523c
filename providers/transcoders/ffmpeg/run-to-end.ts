import { type LimitedCommand, type ProcessEnd, startLimited } from './limited-process.ts';

export interface RunLimits {
  readonly timeoutSeconds: number;
  readonly stdoutMaxBytes: number;
  readonly signal: AbortSignal;
}

/** The program was stopped because it took too long or said too much. */
export class RunExceeded extends Error {
  override readonly name = 'RunExceeded';
  readonly limit: 'time' | 'output';

  constructor(limit: 'time' | 'output', detail: string) {
    super(detail);
    this.limit = limit;
  }
}

/** Runs a short program and collects what it says. Throws RunExceeded, or the signal's reason when that aborts. */
export async function runToEnd(
  command: LimitedCommand,
  limits: RunLimits,
): Promise<ProcessEnd & { readonly stdout: Buffer }> {
  const chunks: Buffer[] = [];
  const end = await runStreaming(command, limits, (chunk) => chunks.push(chunk));
  return { ...end, stdout: Buffer.concat(chunks) };
}

/** As `runToEnd`, but hands stdout on as it comes. */
export async function runStreaming(
  command: LimitedCommand,
  limits: RunLimits,
  onStdout: (chunk: Buffer) => void,
): Promise<ProcessEnd> {
  limits.signal.throwIfAborted();
  const child = startLimited(command);
  let stopped: Error | undefined;
  const stop = (reason: Error) => {
    stopped ??= reason;
    child.end(0);
  };
  const timer = setTimeout(
    () => stop(new RunExceeded('time', `took longer than ${limits.timeoutSeconds} s`)),
    limits.timeoutSeconds * 1000,
  );
  const abort = () => stop(limits.signal.reason);
  limits.signal.addEventListener('abort', abort, { once: true });
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.stdoutMaxBytes)
      stop(new RunExceeded('output', `wrote more than ${limits.stdoutMaxBytes} bytes`));
    else onStdout(chunk);
  });
  child.progress.resume();
  try {
    const end = await child.ended;
    if (stopped) throw stopped;
    return end;
  } finally {
    clearTimeout(timer);
    limits.signal.removeEventListener('abort', abort);
  }
}
