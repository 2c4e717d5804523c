import { startEmbeddedS3 } from '#bootstrap/embedded/s3/server.ts';

/** An S3 server in a process of its own, for tests that kill it: `node s3-server.ts <dir> <port> <key> <secret>`. */
const [, , dir = '', port = '0', key = '', secret = ''] = process.argv;
const server = await startEmbeddedS3({ dir, port: Number(port), keys: { [key]: secret }, buckets: [] });
process.stdout.write(`listening ${server.port}\n`);
