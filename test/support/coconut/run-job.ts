import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { cutPicture, cutSprite, encodeMp4, filesIn, type Programs, packageHls, probe } from './encode.ts';
import type { CoconutFaults } from './faults.ts';
import type { JobRecord, OutputRecord } from './job-record.ts';
import type { FakeOutput, FakeStorage } from './job-validation.ts';
import { type Delivery, notify } from './notify.ts';
import { type StorageWriter, storageWriter } from './storage-writer.ts';

export interface JobRunner {
  readonly programs: Programs;
  readonly faults: CoconutFaults;
  readonly deliveries: Delivery[];
  readonly storageEndpoints: Readonly<Partial<Record<FakeStorage['service'], string>>>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.m3u8': 'application/x-mpegURL',
  '.ts': 'video/MP2T',
  '.jpg': 'image/jpeg',
  '.vtt': 'text/vtt',
  '.mp4': 'video/mp4',
};
const DONE = { httpstream: 'packaged', image: 'created', video: 'encoded' } as const;

/** Fetches, encodes, stores and tells, as the service would. Never rejects: what goes wrong is the job's. */
export async function runJob(job: JobRecord, runner: JobRunner): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fake-coconut-'));
  const tell = (told: Parameters<typeof notify>[1]) => notify(job, told, runner.faults, runner.deliveries);
  try {
    await runner.faults.hold;
    job.status = 'job.processing';
    const source = join(folder, 'source');
    await transfer(job, source, runner.programs);
    if (job.inputStatus === 'input.failed') return await finish(job, 'job.failed', tell);
    await tell({ event: 'input.transferred' });
    const writer = storageWriter(job.request.storage, runner.storageEndpoints);
    // Pictures are quick; the set comes last, and what is told of it has been seen to come after the job's own end.
    const last = job.outputs.filter(({ output }) => output.kind === 'httpstream');
    const first = job.outputs.filter((record) => !last.includes(record));
    for (const record of [...first, ...last]) {
      await makeOutput(record, { folder, source, writer, runner });
      job.progressPercent += 100 / job.outputs.length;
      if (!last.includes(record)) await tell(eventOf(record));
    }
    writer.close();
    const failed = job.outputs.some(({ error }) => error !== null);
    await finish(job, failed ? 'job.failed' : 'job.completed', tell);
    for (const record of last) await tell(eventOf(record));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function eventOf(output: OutputRecord) {
  return { event: output.error === null ? 'output.completed' : 'output.failed', output } as const;
}

async function finish(
  job: JobRecord,
  status: 'job.completed' | 'job.failed',
  tell: (told: { event: 'job.completed' | 'job.failed' }) => Promise<void>,
): Promise<void> {
  job.progressPercent = 100;
  job.completedAt = new Date();
  job.status = status;
  await tell({ event: status });
}

async function transfer(job: JobRecord, file: string, programs: Programs): Promise<void> {
  job.inputStatus = 'input.transferring';
  try {
    const response = await fetch(job.request.inputUrl);
    if (!response.ok || !response.body) throw new Error(`source_http_${response.status}_error`);
    await pipeline(Readable.fromWeb(response.body as ReadableStream), createWriteStream(file));
    job.inputMetadata = await probe(programs, file).catch(() => {
      throw new Error('source_is_not_a_valid_file');
    });
    job.inputStatus = 'input.transferred';
  } catch (error) {
    job.inputStatus = 'input.failed';
    job.inputError = error instanceof Error ? error.message : String(error);
  }
}

async function makeOutput(
  record: OutputRecord,
  parts: { folder: string; source: string; writer: StorageWriter; runner: JobRunner },
): Promise<void> {
  const { output } = record;
  record.status = `${output.kind}.${output.kind === 'httpstream' ? 'packaging' : 'encoding'}`;
  try {
    const reason = parts.runner.faults.failingOutputs[output.key];
    if (reason !== undefined) throw new Error(reason);
    const made = join(parts.folder, 'made', output.key);
    await mkdir(made, { recursive: true });
    await encode(output, made, parts);
    const target = output.kind === 'httpstream' ? output.folder : dirname(output.path);
    const urls: Record<string, string> = {};
    for (const { name, bytes } of await filesIn(made))
      urls[name] = await parts.writer.put(`${target}/${name}`, bytes, TYPES[extname(name)] ?? '');
    const named = output.kind === 'httpstream' ? output.master : basename(output.path);
    record.urls = urls[named] === undefined ? [] : [urls[named]];
    record.status = `${output.kind}.${DONE[output.kind]}`;
  } catch (error) {
    record.status = `${output.kind}.failed`;
    record.error = error instanceof Error ? error.message : String(error);
  }
}

async function encode(
  output: FakeOutput,
  made: string,
  { source, runner: { programs } }: { source: string; runner: JobRunner },
): Promise<void> {
  if (output.kind === 'httpstream') {
    const { master, variants } = output;
    return packageHls(programs, { source, folder: made, master, variants });
  }
  const file = join(made, basename(output.path));
  if (output.kind === 'video') return encodeMp4(programs, source, file, output.format);
  const { format, image } = output;
  if (!image.sprite) {
    const offsetSeconds = image.offsets?.[0] ?? 0;
    return cutPicture(programs, source, file, { format, offsetSeconds });
  }
  const durationSeconds = Number((await probe(programs, source)).format.duration);
  const intervalSeconds = image.interval ?? 2;
  const cues = await cutSprite(programs, source, file, { format, intervalSeconds, durationSeconds });
  if (image.vtt) await writeFile(file.replace(/\.\w+$/, '.vtt'), cues);
}
