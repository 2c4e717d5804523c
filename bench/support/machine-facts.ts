import { execFile } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { withClient } from './deployment.ts';

const run = promisify(execFile);

/** What a figure means nothing without: one line each, for a terminal and for a document. */
export async function machineFacts(options: { databaseUrl?: string; ffmpeg?: string } = {}): Promise<string> {
  const [cpu] = cpus();
  const lines = [
    `CPU       ${cpu?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
    `Memory    ${(totalmem() / 1024 ** 3).toFixed(1)} GiB`,
    `Node      ${process.version}, ${process.platform} ${process.arch}`,
  ];
  if (options.databaseUrl) lines.push(`Postgres  ${await postgresVersion(options.databaseUrl)}`);
  if (options.ffmpeg) lines.push(`FFmpeg    ${await ffmpegVersion(options.ffmpeg)}`);
  lines.push(`Load      ${loadNow()} (averages of 1, 5 and 15 minutes, at the start)`);
  return lines.join('\n');
}

/** Load averages of 1, 5 and 15 minutes: on a quiet machine no more than the benchmark's own. */
export function loadNow(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(', ');
}

async function postgresVersion(url: string): Promise<string> {
  const { rows } = await withClient(url, (client) => client.query('show server_version'));
  return rows[0]?.server_version ?? 'unknown';
}

async function ffmpegVersion(ffmpeg: string): Promise<string> {
  const { stdout } = await run(ffmpeg, ['-hide_banner', '-version']);
  return stdout.split('\n')[0]?.replace(/ Copyright.*/, '') ?? 'unknown';
}
