import { runRole } from './role.ts';

/**
 * `npm start`: everything in one process, for a laptop. Embedded servers where the environment names none, migrations, the
 * API, and a worker unless `--no-worker` is given. The one file of bootstrap/ that may import api/ and worker/.
 */
await runRole('standalone', async (role) => {
  const { StartFailure } = await import('./start-failure.ts');
  const { startEmbeddedServices } = await import('./embedded/services.ts');
  const { openPlatform } = await import('./open-platform.ts');
  const { announceObjects } = await import('./embedded/announce-objects.ts');
  const { ownAddress } = await import('./embedded/own-address.ts');
  const { welcome } = await import('./welcome.ts');
  const { startApi } = await import('#api/start-api.ts');
  const { startWorker } = await import('#worker/start-worker.ts');
  const { log, shutdown } = role;
  const unknown = process.argv.slice(2).filter((option) => option !== '--no-worker');
  if (unknown.length > 0)
    throw new StartFailure(`Unknown: ${unknown.join(' ')}. Usage: npm start -- [--no-worker]`);
  const withWorker = !process.argv.includes('--no-worker');
  const services = await startEmbeddedServices(role.config, log);
  // Added first, so stopped last: handing jobs back needs the database.
  shutdown.add('embedded services', services.stop);
  services.failed.then((problem) => {
    log.error({}, problem);
    shutdown.begin(problem, 1);
  });
  for (const notice of services.notices) log.info({}, notice);
  const { HOST, PORT, S3_SOURCE_BUCKET: bucket, STORAGE_WEBHOOK_SECRET: secret } = services.config;
  if (services.s3 && secret !== undefined) {
    const url = `${ownAddress(HOST, PORT)}/webhooks/storage`;
    const announcer = announceObjects(services.s3, { url, secret, bucket, log });
    shutdown.add('storage events', () => announcer.stop());
  }
  const platform = await openPlatform(services.config, { log, withTranscoder: withWorker, migrates: true });
  shutdown.add('platform', () => platform.close());
  shutdown.add('telemetry', role.flushTelemetry);
  if (withWorker) {
    const worker = await startWorker(platform);
    shutdown.add('worker', () => worker.stop());
  }
  await startApi(platform, shutdown);
  if (process.stdout.isTTY) process.stdout.write(welcome(services.config, { withWorker }));
});
