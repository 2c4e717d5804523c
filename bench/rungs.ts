/**
 * CPU seconds that each rung costs, by our own transcoder: the ladder of a 1080p source from whole to one rung, so that
 * the differences are the rungs. What docs/cost.md calculates with comes from here. Run:
 * `node bench/rungs.ts [--rounds 3] [--seconds 20]`, with nothing else of weight on the machine.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { planTranscode } from '#domain/transcode/plan-transcode.ts';
import { renditionLadder } from '#domain/transcode/rendition-ladder.ts';
import { UPLOAD_POLICIES } from '#domain/upload/upload-policies.ts';
import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import {
  DEFAULT_FFMPEG_SETTINGS,
  ffmpegTranscoder,
} from '#providers/transcoders/ffmpeg/ffmpeg-transcoder.ts';
import {
  DEFAULT_INSPECTOR_SETTINGS,
  ffprobeInspector,
} from '#providers/transcoders/ffmpeg/ffprobe-inspector.ts';
import { localSource } from '#scripts/cost/local-source.ts';
import { cpuSeconds } from './support/cpu-seconds.ts';
import { markdownTable, withSpread } from './support/figures.ts';
import { machineFacts } from './support/machine-facts.ts';
import { memoryOutputs } from './transcode/memory-outputs.ts';
import { makeSourceClip } from './transcode/source-clip.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '20' } },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const signal = new AbortController().signal;
const folder = await mkdtemp(path.join(tmpdir(), 'sluice-rungs-'));
try {
  const binaries = await findFfmpeg({
    ffmpegPath: process.env.FFMPEG_PATH,
    ffprobePath: process.env.FFPROBE_PATH,
    pathVariable: process.env.PATH ?? '',
  });
  console.log(await machineFacts({ ffmpeg: binaries.ffmpeg }));
  const clip = path.join(folder, 'clip.mp4');
  await makeSourceClip(binaries.ffmpeg, clip, seconds);
  const { source, readSource } = await localSource(clip);
  const io = { ...memoryOutputs(), readSource };
  const inspector = ffprobeInspector({ ...DEFAULT_INSPECTOR_SETTINGS, binaries, io });
  const probe = await inspector.inspect(source, UPLOAD_POLICIES.direct.limits, { signal });
  const transcoder = ffmpegTranscoder({ ...DEFAULT_FFMPEG_SETTINGS, binaries, io, tmpDir: folder });
  const plan = planTranscode(source, probe, 'ffmpeg', {
    segmentContainer: 'fmp4',
    segmentSeconds: 4,
    audioBitsPerSecond: 128_000,
    mp4Renditions: false,
  });
  const ladder = renditionLadder(probe.video, 'ffmpeg');
  const measured = ladder.map((_, index) => ({
    rungs: ladder.slice(index),
    ffmpeg: [] as number[],
    node: [] as number[],
  }));
  for (let round = 0; round < rounds; round += 1)
    for (const [index, row] of measured.entries()) {
      const before = cpuSeconds();
      const id = `${round}-${index}`;
      const order = { ...plan, ladder: row.rungs, jobId: id, videoId: id, outputPrefix: `${id}/` };
      await (await transcoder.submit(order)).done;
      const after = cpuSeconds();
      row.ffmpeg.push(((after.children - before.children) * 60) / seconds);
      row.node.push(((after.own - before.own) * 60) / seconds);
    }
  console.log(`\nCPU seconds per minute of a 1080p30 source, ${rounds} rounds of ${seconds} s.\n`);
  console.log(
    markdownTable(
      measured.map((row) => ({
        ladder: row.rungs.map(({ label }) => label).join(' '),
        'CPU s of FFmpeg': withSpread(row.ffmpeg, 1),
        'CPU s of Node': withSpread(row.node, 1),
      })),
    ),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
