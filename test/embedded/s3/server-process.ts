/** A server in a process of its own, for tests that kill it: `node server-process.ts <dir>`; prints its URL. */
import { startEmbeddedS3 } from '#bootstrap/embedded/s3/server.ts';
import { BUCKET, KEYS } from './server-settings.ts';

const [, , dir = ''] = process.argv;
const server = await startEmbeddedS3({ dir, port: 0, keys: KEYS, buckets: [BUCKET] });
console.log(server.url);
