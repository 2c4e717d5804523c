import { createRequire } from 'node:module';
import { trace } from '@opentelemetry/api';
import pino, { type DestinationStream } from 'pino';
import type { Log } from '#domain/context.ts';
import type { Config } from './config.ts';
import { redact, redactText } from './redaction.ts';

/**
 * The log of a process: a JSON object a line on stdout, or coloured text where stdout is a terminal and pino-pretty is
 * installed. Tokens, signatures, presigned queries and passwords are removed from fields, messages and errors alike.
 * Where a trace is on, each line carries its `traceId` and `spanId`.
 *
 * @param output where lines go instead of stdout
 */
export function createLogger(config: Pick<Config, 'LOG_LEVEL'>, output?: DestinationStream): Log {
  const logger = pino(
    {
      level: config.LOG_LEVEL,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      formatters: { level: (level) => ({ level }) },
      mixin: traceFields,
    },
    output ?? prettyOutput() ?? plainOutput(),
  );
  const write = (level: keyof Log) => (fields: object, message: string) => {
    // What is not logged is not cleaned either: that costs the most.
    if (!logger.isLevelEnabled(level)) return;
    logger[level](redact(fields), redactText(message));
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function traceFields(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { traceId: span.traceId, spanId: span.spanId } : {};
}

/** Synchronous, so that the last lines before an exit are there. */
function plainOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true });
  // A reader that went away (`npm start | head`) is no reason to stop serving.
  output.on('error', () => undefined);
  return output;
}

/** Only for a person to read: pino-pretty is an optional package and absent from the image. */
function prettyOutput(): DestinationStream | undefined {
  if (!process.stdout.isTTY) return undefined;
  try {
    const pretty: (options: object) => DestinationStream = createRequire(import.meta.url)('pino-pretty');
    return pretty({ messageKey: 'message', ignore: 'pid', translateTime: 'SYS:HH:MM:ss', sync: true });
  } catch {
    return undefined;
  }
}
