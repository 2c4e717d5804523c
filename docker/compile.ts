/**
 * Loads what the roles load, without running it, so that NODE_COMPILE_CACHE holds it all. Part of building the image; run
 * there by the user that runs the roles.
 */
import { readdir } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';

const MODULES = [
  '#bootstrap/role.ts',
  '#bootstrap/embedded/resolve-config.ts',
  '#bootstrap/open-platform.ts',
  '#bootstrap/migrate-database.ts',
  '#bootstrap/telemetry-otlp.ts',
  '#api/start-api.ts',
  '#worker/start-worker.ts',
  '#worker/serve-signals.ts',
];

const migrations = await readdir(new URL('../migrations/', import.meta.url));
for (const name of [
  ...MODULES,
  ...migrations.filter((file) => file.endsWith('.ts')).map((file) => `#migrations/${file}`),
])
  await import(name);
flushCompileCache();
