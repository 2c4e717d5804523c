/** A process that is told to stop in the ways of shutdown.test.ts. */
import { createLogger } from '#bootstrap/logger.ts';
import { shutdownOnSignals } from '#bootstrap/shutdown.ts';

const [mode] = process.argv.slice(2);
const say = (text: string) => process.stdout.write(`${text}\n`);
const { promise: started, resolve: settle } = Promise.withResolvers<void>();
const log = createLogger({ LOG_LEVEL: mode === 'starts' ? 'info' : 'error' });
const shutdown = shutdownOnSignals(log, started, { sameSignalMs: mode === 'hangs' ? 0 : 60_000 });
setInterval(() => undefined, 1000);
shutdown.add('first', async () => say('first is down'));
if (mode === 'hangs' || mode === 'waits') {
  const released = new Promise((resolve) => process.once('SIGUSR2', resolve));
  shutdown.add('second', () => {
    say('second waits');
    return mode === 'waits' ? released : new Promise(() => undefined);
  });
} else shutdown.add('second', async () => say('second is down'));
if (mode === 'fails') shutdown.add('third', () => Promise.reject(new Error('third fails')));
if (mode === 'throws') setImmediate(() => process.emit('uncaughtException', new Error('nobody caught this')));
if (mode === 'starts') {
  process.once('SIGUSR2', () => {
    say('started');
    settle();
  });
} else settle();
say('up');
