import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { CreateJobCommandInput, Input, OutputGroup } from '@aws-sdk/client-mediaconvert';
import type { FfmpegBinaries } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import type { FakeOutput, FakeOutputGroup } from './fake-jobs.ts';
import { inputArguments, type PlannedOutput, plannedOutput } from './ffmpeg-arguments.ts';
import { masterPlaylist, readPlaylist } from './master-playlist.ts';
import { destinationOf } from './service-rules.ts';

const run = promisify(execFile);

/** Ends a job in state ERROR. */
export class FakeJobError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

interface Source {
  readonly isMov: boolean;
  readonly hasSound: boolean;
  readonly framesPerSecond: number;
}

/**
 * Encodes a job's outputs into a folder, as the job says, by one FFmpeg process that dies with the signal.
 *
 * @returns the groups with the local paths of what they hold; a group's files lie in `{folder}/{its number}/`
 */
export async function encodeJob(
  { Settings }: CreateJobCommandInput,
  sourceFile: string,
  { folder, binaries, signal }: { folder: string; binaries: FfmpegBinaries; signal: AbortSignal },
): Promise<FakeOutputGroup[]> {
  const [input] = Settings?.Inputs ?? [];
  const groups = Settings?.OutputGroups ?? [];
  if (!input) throw new FakeJobError(1010, 'Unable to open input file');
  const source = await probe(sourceFile, binaries, signal);
  const wantsSound = groups.some(({ Outputs = [] }) =>
    Outputs.some((output) => output.AudioDescriptions?.length),
  );
  if (wantsSound && !source.hasSound)
    throw new FakeJobError(1040, 'Invalid selector_sequence_id [0] for audio_description [1]');
  const planned = await Promise.all(groups.map((group, index) => planGroup(group, index, input, folder)));
  const args = planned.flatMap((outputs) => outputs.flatMap((output) => output.args));
  await run(binaries.ffmpeg, [...inputArguments(input, sourceFile, source.isMov), ...args], { signal });
  return Promise.all(groups.map((group, index) => finishGroup(group, planned[index] ?? [], source)));
}

async function probe(file: string, { ffprobe }: FfmpegBinaries, signal: AbortSignal): Promise<Source> {
  const args = ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', file];
  const { stdout } = await run(ffprobe, args, { signal }).catch(() => {
    throw new FakeJobError(
      1010,
      'Unable to open input file: [Failed probe/open: [No parser found for container]]',
    );
  });
  const { streams, format } = JSON.parse(stdout) as {
    streams: { codec_type: string; avg_frame_rate: string }[];
    format: { format_name: string };
  };
  const video = streams.find(({ codec_type }) => codec_type === 'video');
  const [numerator = 0, denominator = 1] = (video?.avg_frame_rate ?? '0/1').split('/').map(Number);
  return {
    isMov: format.format_name.includes('mov'),
    hasSound: streams.some(({ codec_type }) => codec_type === 'audio'),
    framesPerSecond: numerator / denominator,
  };
}

async function planGroup(
  group: OutputGroup,
  index: number,
  input: Input,
  folder: string,
): Promise<PlannedOutput[]> {
  const own = path.join(folder, String(index));
  await mkdir(own, { recursive: true });
  const base = path.join(own, path.posix.basename(destinationOf(group)));
  return (group.Outputs ?? []).map((output) => plannedOutput(output, group, base, input));
}

async function finishGroup(
  group: OutputGroup,
  planned: readonly PlannedOutput[],
  { framesPerSecond }: Source,
): Promise<FakeOutputGroup> {
  const outputs = group.Outputs ?? [];
  const details = await Promise.all(
    planned.map(async ({ kind, path: file }, index): Promise<FakeOutput> => {
      const { Width = null, Height = null } = outputs[index]?.VideoDescription ?? {};
      const segmented = kind === 'video' || kind === 'audio';
      const seconds = segmented ? (await readPlaylist(file)).durationSeconds : 0;
      const paths = kind === 'pictures' ? await lastPicture(file) : [file];
      return { durationMs: Math.round(seconds * 1000), width: Width, height: Height, paths };
    }),
  );
  const type = group.OutputGroupSettings?.Type;
  if (type === 'FILE_GROUP_SETTINGS') return { type: 'FILE_GROUP', playlistPaths: [], outputs: details };
  const videos = planned.flatMap(({ kind, path: file }, index) => {
    const { VideoDescription: video, AudioDescriptions = [] } = outputs[index] ?? {};
    const { Width: width = 0, Height: height = 0 } = video ?? {};
    return kind === 'video'
      ? [{ path: file, width, height, framesPerSecond, withSound: AudioDescriptions.length > 0 }]
      : [];
  });
  const at = planned.findIndex(({ kind }) => kind === 'audio');
  const groupId = outputs[at]?.ContainerSettings?.CmfcSettings?.AudioGroupId ?? 'audio_0';
  const sound = planned[at] ? { path: planned[at].path, groupId } : null;
  const first = planned[0]?.path ?? '';
  const master = path.join(path.dirname(first), `${path.posix.basename(destinationOf(group))}.m3u8`);
  await writeFile(master, await masterPlaylist(videos, sound));
  const kindOfGroup = type === 'CMAF_GROUP_SETTINGS' ? 'CMAF_GROUP' : 'HLS_GROUP';
  return { type: kindOfGroup, playlistPaths: [master], outputs: details };
}

/** The event of the end names only the last of the pictures. */
async function lastPicture(pattern: string): Promise<string[]> {
  const names = (await readdir(path.dirname(pattern))).sort();
  const last = names.at(-1);
  return last === undefined ? [] : [path.join(path.dirname(pattern), last)];
}

/** Removes what a job has left behind. */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}
