/**
 * Exit code 0 while the role of this container answers /health/live: the API on PORT, a worker on METRICS_PORT. One of the
 * two is enough, as a container has one role; that role's other port belongs to nobody.
 */
const { HOST, PORT, METRICS_PORT } = process.env;
const host = HOST === undefined || HOST === '' || HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST;

async function isAlive(port: string): Promise<boolean> {
  try {
    const answer = await fetch(`http://${host.includes(':') ? `[${host}]` : host}:${port}/health/live`, {
      signal: AbortSignal.timeout(4000),
    });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

const answers = await Promise.all([PORT, METRICS_PORT].filter((port) => port !== undefined).map(isAlive));
process.exitCode = answers.includes(true) ? 0 : 1;

export {};
