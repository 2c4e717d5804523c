import { runRole } from './role.ts';

/** Role `migrate`: `npm run migrate`. Brings the database to this release and ends. Two at once are safe. */
await runRole(
  'migrate',
  async ({ config, log, shutdown, flushTelemetry }) => {
    const { checkDatabase, explainDatabase } = await import('./check-database.ts');
    const { databaseToMigrate } = await import('./embedded/resolve-config.ts');
    const { migrateDatabase } = await import('./migrate-database.ts');
    shutdown.add('telemetry', flushTelemetry);
    const database = databaseToMigrate(config);
    await checkDatabase(database);
    const migrations = await explainDatabase(database, () => migrateDatabase(database));
    log.info({ migrations }, migrations.length > 0 ? 'the database was migrated' : 'nothing to migrate');
    shutdown.begin('done', 0, { quietly: true });
  },
  'database',
);
