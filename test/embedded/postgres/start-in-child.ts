import { startEmbeddedPostgres } from '#bootstrap/embedded/postgres/server.ts';

// A parent process that the test can kill: starts the server in the directory given and stays.
const server = await startEmbeddedPostgres({ dir: process.argv[2] ?? '', durable: false });
process.send?.({ pid: server.pid, port: server.port });
setInterval(() => {}, 60_000);
