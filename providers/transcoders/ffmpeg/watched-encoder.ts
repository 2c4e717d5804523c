import { createInterface } from 'node:readline';
import { TranscodeFailure } from '../transcoder.ts';
import { type LimitedCommand, type ProcessEnd, startLimited } from './limited-process.ts';

export interface EncoderLimits {
  /** Without a new frame or a later timestamp for this long, FFmpeg counts as hung. */
  readonly stallSeconds: number;
  readonly totalSeconds: number;
  readonly signal: AbortSignal;
  readonly onFrame: (frame: number) => void;
}

export interface WatchedEncoder {
  readonly pid: number;
  /** Settles when FFmpeg is gone. Rejects with TRANSCODE_TIMEOUT or the signal's reason when it had to be ended. */
  readonly ended: Promise<ProcessEnd>;
  /** Stops FFmpeg where it is; the watch for hangs rests meanwhile. */
  pause(): void;
  resume(): void;
}

/** Starts FFmpeg with `-progress pipe:3` among its arguments and watches what it says there. */
export function startEncoder(command: LimitedCommand, limits: EncoderLimits): WatchedEncoder {
  limits.signal.throwIfAborted();
  const child = startLimited(command);
  let stopped: Error | undefined;
  let paused = false;
  const stop = (reason: Error) => {
    stopped ??= reason;
    child.end();
  };
  const timedOut = (detail: string) => stop(new TranscodeFailure('TRANSCODE_TIMEOUT', detail));

  let stall: NodeJS.Timeout | undefined;
  const watch = () => {
    clearTimeout(stall);
    if (paused || stopped) return;
    const hung = `FFmpeg made no progress for ${limits.stallSeconds} s.`;
    stall = setTimeout(() => timedOut(hung), limits.stallSeconds * 1000);
  };
  const total = setTimeout(
    () => timedOut(`FFmpeg took longer than ${Math.round(limits.totalSeconds)} s.`),
    Math.min(limits.totalSeconds * 1000, 2 ** 31 - 1),
  );
  const abort = () => stop(limits.signal.reason);
  limits.signal.addEventListener('abort', abort, { once: true });

  const last = new Map<string, string>();
  createInterface({ input: child.progress }).on('line', (line) => {
    const [name = '', value = ''] = line.split('=', 2);
    if ((name !== 'frame' && name !== 'out_time_us') || last.get(name) === value) return;
    last.set(name, value);
    watch();
    if (name === 'frame') limits.onFrame(Number(value));
  });
  child.stdout.resume();
  watch();

  const settle = async () => {
    try {
      const end = await child.ended;
      if (stopped) throw stopped;
      return end;
    } finally {
      clearTimeout(stall);
      clearTimeout(total);
      limits.signal.removeEventListener('abort', abort);
    }
  };
  return {
    pid: child.pid,
    ended: settle(),
    pause() {
      paused = true;
      clearTimeout(stall);
      child.pause();
    },
    resume() {
      paused = false;
      child.resume();
      watch();
    },
  };
}
