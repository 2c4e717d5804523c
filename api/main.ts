import { runRole } from '#bootstrap/role.ts';

/** Role `api`: `npm run api`. What follows is imported late, so that telemetry sees it. */
await runRole('api', async (role) => {
  const { resolveConfig } = await import('#bootstrap/embedded/resolve-config.ts');
  const { openPlatform } = await import('#bootstrap/open-platform.ts');
  const { startApi } = await import('./start-api.ts');
  const { log, shutdown } = role;
  const config = resolveConfig(role.config);
  const platform = await openPlatform(config, { log, withTranscoder: false, migrates: false });
  shutdown.add('platform', () => platform.close());
  shutdown.add('telemetry', role.flushTelemetry);
  await startApi(platform, shutdown);
});
