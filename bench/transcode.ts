/**
 * From `complete` to READY through the whole platform, against one raw FFmpeg command with the same ladder and presets
 * that reads and writes local files. In turns, in one run. Run: `node bench/transcode.ts [--rounds 3] [--seconds 60]`.
 */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SignJWT } from 'jose';
import { createApi } from '#api/app.ts';
import { serveApi } from '#api/serve.ts';
import { composePlatform } from '#bootstrap/compose.ts';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import { startWorker } from '#worker/start-worker.ts';
import { cpuSeconds } from './support/cpu-seconds.ts';
import { type Deployment, withClient, withDeployment } from './support/deployment.ts';
import { markdownTable, ratioOfRounds, withSpread } from './support/figures.ts';
import { loadNow, machineFacts } from './support/machine-facts.ts';
import { type PlatformRun, platformRun } from './transcode/platform-run.ts';
import { rawEncode } from './transcode/raw-encode.ts';
import { makeSourceClip } from './transcode/source-clip.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '60' } },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);

interface Costs {
  readonly ffmpegCpu: number;
  readonly ownCpu: number;
}
type Platform = PlatformRun & Costs;
type Raw = { readonly seconds: number } & Costs;

await withDeployment(async (deployment) => {
  const { ffmpeg } = await findFfmpeg({
    ffmpegPath: process.env.FFMPEG_PATH,
    ffprobePath: process.env.FFPROBE_PATH,
    pathVariable: process.env.PATH ?? '',
  });
  console.log(await machineFacts({ databaseUrl: deployment.env.DATABASE_URL ?? '', ffmpeg }));
  const clip = path.join(deployment.folder, 'clip.mp4');
  const sizeBytes = await makeSourceClip(ffmpeg, clip, seconds);
  const megabits = (sizeBytes * 8) / seconds / 1e6;
  console.log(`\nClip: ${seconds} s, 1080p30, ${megabits.toFixed(1)} Mb/s. ${rounds} rounds, in turns.\n`);
  await withPlatform(deployment, async (once) => {
    const platform: Platform[] = [];
    const raw: Raw[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const turns = [
        async () => platform.push(await measured(() => once({ path: clip, sizeBytes }))),
        async () => raw.push(await measured(() => rawOnce(ffmpeg, clip, deployment))),
      ];
      for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
      console.log(
        `Round ${round + 1}: ${line(platform.at(-1))} against ${line(raw.at(-1))}, load ${loadNow()}`,
      );
    }
    console.log(`\n${report(platform, raw)}`);
  });
});

/** Everything that `npm start` runs in its one process, around the servers that are there. */
async function withPlatform(
  { env, signal }: Deployment,
  use: (once: (source: { path: string; sizeBytes: number }) => Promise<PlatformRun>) => Promise<void>,
): Promise<void> {
  const config = completeConfig(loadConfig({ ...process.env, ...env, LOG_LEVEL: 'error' }));
  const platform = await composePlatform(config, { withTranscoder: true });
  const worker = await startWorker(platform);
  const api = await serveApi(createApi(platform), { port: 0, host: '127.0.0.1' });
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(randomUUID())
    .setExpirationTime('12h')
    .sign(new TextEncoder().encode(env.JWT_SECRET));
  try {
    await withClient(config.DATABASE_URL, (client) =>
      use((source) => platformRun({ base: `http://127.0.0.1:${api.port}`, token }, client, source, signal)),
    );
  } finally {
    await api.close(1000);
    await worker.stop();
    await platform.close();
  }
}

async function rawOnce(
  ffmpeg: string,
  clip: string,
  { folder, signal }: Deployment,
): Promise<{ seconds: number }> {
  const outputs = path.join(folder, 'raw');
  await mkdir(outputs);
  return { seconds: await rawEncode(ffmpeg, clip, outputs, signal) };
}

async function measured<T>(run: () => Promise<T>): Promise<T & Costs> {
  const before = cpuSeconds();
  const result = await run();
  const after = cpuSeconds();
  return { ...result, ffmpegCpu: after.children - before.children, ownCpu: after.own - before.own };
}

function line(run: ({ readonly seconds: number } & Costs) | undefined): string {
  return run ? `${run.seconds.toFixed(1)} s (FFmpeg ${run.ffmpegCpu.toFixed(1)} CPU s)` : '';
}

function report(platform: readonly Platform[], raw: readonly Raw[]): string {
  const row = (name: string, runs: readonly ({ readonly seconds: number } & Costs)[]) => ({
    run: name,
    seconds: withSpread(
      runs.map((run) => run.seconds),
      1,
    ),
    'CPU s of FFmpeg': withSpread(
      runs.map((run) => run.ffmpegCpu),
      1,
    ),
    'CPU s of Node': withSpread(
      runs.map((run) => run.ownCpu),
      1,
    ),
  });
  const cpuOf = (runs: readonly Costs[]) => runs.map((run) => run.ffmpegCpu + run.ownCpu);
  return [
    markdownTable([row('complete to READY', platform), row('raw FFmpeg', raw)]),
    `Seconds, Sluice / raw: ${ratioOfRounds(
      platform.map((run) => run.seconds),
      raw.map((run) => run.seconds),
    )}`,
    `CPU, Sluice / raw (upload and storage included, Postgres not): ${ratioOfRounds(cpuOf(platform), cpuOf(raw))}`,
    `Seconds before the attempt: ${withSpread(
      platform.map((run) => run.beforeSeconds),
      2,
    )}; in it: ${withSpread(
      platform.map((run) => run.attemptSeconds),
      1,
    )}`,
    `Load at the end: ${loadNow()}`,
  ].join('\n\n');
}
