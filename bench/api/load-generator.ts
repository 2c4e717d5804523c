import { Agent, request } from 'node:http';
import { answerParent } from '../support/child.ts';

/** What is asked again and again. */
export interface Load {
  readonly port: number;
  readonly method: 'GET' | 'POST';
  /** Taken in turn. */
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Requests that are open at once, each on a connection that is kept. */
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Of one request, from sent to read, milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs the load and counts. Rejects at the first answer that is not 200: a fast refusal is no figure. */
async function run(load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const durationsMs: number[] = [];
  let next = 0;
  const startedAt = performance.now();
  const until = startedAt + load.seconds * 1000;
  const client = async () => {
    while (performance.now() < until) {
      const sentAt = performance.now();
      await once(load, agent, load.paths[next++ % load.paths.length] ?? '/');
      durationsMs.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: load.connections }, client));
  const seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  durationsMs.sort((a, b) => a - b);
  const at = (share: number) => durationsMs[Math.floor(durationsMs.length * share)] ?? Number.NaN;
  return { requests: durationsMs.length, seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function once(load: Load, agent: Agent, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const { port, method, headers, body } = load;
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const sent = request(
      { host: '127.0.0.1', port, agent, method, path, headers: { ...headers, ...length } },
      (response) => {
        if (response.statusCode !== 200) reject(new Error(`${method} ${path}: ${response.statusCode}`));
        response.resume().once('end', resolve).once('error', reject);
      },
    );
    sent.once('error', reject).end(body);
  });
}

answerParent({ run });
