import { runRole } from '#bootstrap/role.ts';

/** Role `worker`: `npm run worker`. What follows is imported late, so that telemetry sees it. */
await runRole('worker', async (role) => {
  const { resolveConfig } = await import('#bootstrap/embedded/resolve-config.ts');
  const { openPlatform } = await import('#bootstrap/open-platform.ts');
  const { serveSignals } = await import('./serve-signals.ts');
  const { startWorker } = await import('./start-worker.ts');
  const { log, shutdown } = role;
  const config = resolveConfig(role.config);
  const platform = await openPlatform(config, { log, withTranscoder: true, migrates: false });
  shutdown.add('platform', () => platform.close());
  shutdown.add('telemetry', role.flushTelemetry);
  const worker = await startWorker(platform);
  shutdown.add('worker', () => worker.stop());
  if (config.METRICS_PORT !== undefined) {
    const signals = await serveSignals(platform, {
      port: config.METRICS_PORT,
      host: config.HOST,
      isAlive: () => worker.isAlive(),
    });
    shutdown.add('metrics', signals.close);
  }
  log.info(
    { jobs: config.WORKER_CONCURRENCY, transcodes: config.TRANSCODE_CONCURRENCY },
    'the worker is ready',
  );
});
