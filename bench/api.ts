/**
 * Requests a second of the two hottest routes against a bare Hono + pg server that answers the same, over HTTP, from a
 * load generator in a process of its own. Run: `node bench/api.ts [--rounds 5] [--seconds 4] [--connections 16]`.
 */
import { parseArgs } from 'node:util';
import type { Load, LoadResult } from './api/load-generator.ts';
import { PART_NUMBERS, type Seed, seed } from './api/seed.ts';
import { type Child, type CpuUse, startChild } from './support/child.ts';
import { type Deployment, withDeployment } from './support/deployment.ts';
import { markdownTable, ratioOfRounds, withSpread } from './support/figures.ts';
import { loadNow, machineFacts } from './support/machine-facts.ts';

/** Connections to Postgres of each server: the default of Sluice. */
const POOL_SIZE = '10';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '16' },
    /** Seconds that each server is asked before it is measured: compiling takes thousands of requests. */
    'warm-up': { type: 'string', default: '15' },
    /** Only routes whose name has this in it. */
    only: { type: 'string', default: '' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const connections = Number(values.connections);

interface Server {
  readonly name: string;
  readonly child: Child;
  readonly port: number;
}

interface Measured {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

await withDeployment(async (deployment) => {
  console.log(await machineFacts({ databaseUrl: deployment.env.DATABASE_URL ?? '' }));
  console.log(`\n${rounds} rounds of ${seconds} s, ${connections} connections, pool of ${POOL_SIZE}\n`);
  const generator = startChild('api/load-generator.ts');
  const servers = await startServers(deployment);
  try {
    const [sluice] = servers;
    const seeded = await seed(`http://127.0.0.1:${sluice?.port}`, deployment.env, {
      videos: 1000,
      uploads: 50,
    });
    for (const [name, load] of Object.entries(routes(seeded))) {
      if (!name.includes(values.only)) continue;
      console.log(`${name}\n${markdownTable(await compare(generator, servers, load))}\n`);
    }
    console.log(`Load at the end: ${loadNow()}`);
  } finally {
    await Promise.all([generator, ...servers.map(({ child }) => child)].map((child) => child.end()));
  }
});

async function startServers({ env }: Deployment): Promise<Server[]> {
  const shared = { ...env, DATABASE_POOL_SIZE: POOL_SIZE };
  const started = {
    Sluice: startChild('api/sluice-server.ts', shared),
    bare: startChild('api/bare-server.ts', shared),
    'bare, careful': startChild('api/bare-server.ts', { ...shared, BENCH_CAREFUL: '1' }),
  };
  return Promise.all(
    Object.entries(started).map(async ([name, child]) => ({
      name,
      child,
      port: await child.ask<number>('port'),
    })),
  );
}

function routes({ token, videoPaths, partsPaths }: Seed): Record<string, Omit<Load, 'port' | 'seconds'>> {
  const authorization = `Bearer ${token}`;
  return {
    'GET /api/videos/{id}': { method: 'GET', paths: videoPaths, headers: { authorization }, connections },
    'POST /api/uploads/{id}/parts, 16 parts': {
      method: 'POST',
      paths: partsPaths,
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ partNumbers: PART_NUMBERS }),
      connections,
    },
  };
}

/** Every round asks each server in turn, in an order that moves on, so that what disturbs the machine disturbs all. */
async function compare(generator: Child, servers: readonly Server[], load: Omit<Load, 'port' | 'seconds'>) {
  for (const server of servers) await measure(generator, server, load, Number(values['warm-up']));
  const results = new Map<Server, Measured[]>(servers.map((server) => [server, []]));
  for (let round = 0; round < rounds; round += 1) {
    const from = round % servers.length;
    for (const server of [...servers.slice(from), ...servers.slice(0, from)])
      results.get(server)?.push(await measure(generator, server, load, seconds));
  }
  const ours = results.get(servers[0] as Server) ?? [];
  return servers.map((server) => rowOf(server.name, results.get(server) ?? [], ours));
}

async function measure(
  generator: Child,
  { child, port }: Server,
  load: Omit<Load, 'port' | 'seconds'>,
  duration: number,
): Promise<Measured> {
  const before = await child.ask<CpuUse>('cpu');
  const result = await generator.ask<LoadResult>('run', { ...load, port, seconds: duration });
  const after = await child.ask<CpuUse>('cpu');
  const cpuMicroseconds = after.user + after.system - before.user - before.system;
  return {
    perSecond: result.requests / result.seconds,
    cpuMicroseconds: cpuMicroseconds / result.requests,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
  };
}

function rowOf(name: string, theirs: readonly Measured[], ours: readonly Measured[]): Record<string, string> {
  const column = (of: readonly Measured[], key: keyof Measured) => of.map((measured) => measured[key]);
  return {
    server: name,
    'requests/s': withSpread(column(theirs, 'perSecond')),
    'CPU µs a request': withSpread(column(theirs, 'cpuMicroseconds')),
    'p50 ms': withSpread(column(theirs, 'p50Ms'), 1),
    'p99 ms': withSpread(column(theirs, 'p99Ms'), 1),
    'Sluice / this, requests/s': ratioOfRounds(column(ours, 'perSecond'), column(theirs, 'perSecond')),
    'this / Sluice, CPU': ratioOfRounds(column(theirs, 'cpuMicroseconds'), column(ours, 'cpuMicroseconds')),
  };
}
