/**
 * Writes the migration that takes the schema from the snapshot to today's entities.
 * Run: `npm run migration:new -- <name>` with DATABASE_URL set to any reachable Postgres.
 */
import { openOrm } from '#bootstrap/orm.ts';

const [name] = process.argv.slice(2);
const url = process.env.DATABASE_URL;
if (!name || !url) {
  console.error('Usage: DATABASE_URL=postgres://… npm run migration:new -- <name>');
  process.exit(1);
}
const orm = await openOrm({ url }, 2);
const created = await orm.migrator.create(undefined, false, false, name);
await orm.close(true);
console.log(created.fileName === '' ? 'The entities match the snapshot: nothing to do' : created.fileName);
