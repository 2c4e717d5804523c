import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** `full`: FFmpeg 5.0 or later. `basic`: older builds, one range only, never a chunk (R3). */
export type Recipe = 'full' | 'basic';

/** The FFmpeg of this machine, run once to see what it can do. */
export interface FfmpegBinaries {
  readonly ffmpeg: string;
  readonly ffprobe: string;
  readonly version: string;
  readonly recipe: Recipe;
  /** True when `ffmpeg` is the build that came with npm. */
  readonly bundled: boolean;
  readonly abilities: FfmpegAbilities;
  /** `prlimit` of util-linux, which bounds FFmpeg's memory; null where the machine has none. */
  readonly prlimit: string | null;
  /** `setpriv` of util-linux, by which FFmpeg dies with the worker; null where the machine has none that can. */
  readonly setpriv: string | null;
  /** One line each for the operator at start: what is missing or old here. */
  readonly notices: readonly string[];
}

export interface FfmpegAbilities {
  /** zscale and tonemap: HDR can be shown as SDR. */
  readonly toneMap: boolean;
  readonly deinterlacer: 'bwdif' | 'yadif' | null;
  /** tpad: a video that ends some frames early is filled up with its last frame. */
  readonly padEnd: boolean;
  /** What the option is called by which FFmpeg is told to keep the frames that the filters give it. */
  readonly frameSync: 'fps_mode' | 'vsync';
}

export interface FfmpegSearch {
  /** Given by the operator; nothing else is tried then. */
  readonly ffmpegPath?: string | undefined;
  readonly ffprobePath?: string | undefined;
  /** The PATH of the process. */
  readonly pathVariable: string;
}

const run = promisify(execFile);

/** Finds ffmpeg and ffprobe: the given path, else PATH, else npm's build. Throws when there is none that serves. */
export async function findFfmpeg(search: FfmpegSearch): Promise<FfmpegBinaries> {
  const ffmpeg = await locate('ffmpeg', search.ffmpegPath, search.pathVariable);
  const ffprobe = await locate('ffprobe', search.ffprobePath, search.pathVariable);
  const prlimit = await onPath('prlimit', search.pathVariable);
  const setpriv = await deathBinder(search.pathVariable);
  const [banner, muxer, filters, encoders] = await Promise.all([
    output(ffmpeg.path, ['-version']),
    output(ffmpeg.path, ['-v', 'error', '-h', 'muxer=hls']),
    output(ffmpeg.path, ['-v', 'error', '-filters']),
    output(ffmpeg.path, ['-v', 'error', '-encoders']),
    output(ffprobe.path, ['-version']),
  ]);
  for (const encoder of ['libx264', 'aac']) {
    if (!new RegExp(`^ [VA]\\S* ${encoder} `, 'm').test(encoders)) {
      throw new Error(`${ffmpeg.path} has no ${encoder} encoder; install another FFmpeg or set FFMPEG_PATH.`);
    }
  }
  const version = /^ffmpeg version (\S+)/.exec(banner)?.[1] ?? 'unknown';
  const has = (filter: string) => new RegExp(`^ \\S+ ${filter} `, 'm').test(filters);
  const recipe = recipeOf(banner, muxer);
  return {
    ffmpeg: ffmpeg.path,
    ffprobe: ffprobe.path,
    version,
    recipe,
    bundled: ffmpeg.bundled,
    abilities: {
      toneMap: has('zscale') && has('tonemap'),
      deinterlacer: has('bwdif') ? 'bwdif' : has('yadif') ? 'yadif' : null,
      padEnd: has('tpad'),
      frameSync: frameSyncOf(banner),
    },
    prlimit,
    setpriv,
    notices: noticesOf({ ffmpeg, ffprobe, version, recipe, prlimit }),
  };
}

/** FFmpeg 5.0 is libavformat 59; nightly builds carry no other comparable number. */
export function recipeOf(versionBanner: string, hlsMuxerHelp: string): Recipe {
  const { major } = libavformatOf(versionBanner);
  return major >= 59 && hlsMuxerHelp.includes('-hls_segment_options') ? 'full' : 'basic';
}

/** FFmpeg 5.1, libavformat 59.27, has the new name; versions to come drop the old one. */
export function frameSyncOf(versionBanner: string): FfmpegAbilities['frameSync'] {
  const { major, minor } = libavformatOf(versionBanner);
  return major > 59 || (major === 59 && minor >= 27) ? 'fps_mode' : 'vsync';
}

function libavformatOf(versionBanner: string): { readonly major: number; readonly minor: number } {
  const [, major = 0, minor = 0] = /libavformat\s+(\d+)\.\s*(\d+)\./.exec(versionBanner) ?? [];
  return { major: Number(major), minor: Number(minor) };
}

interface Located {
  readonly path: string;
  readonly bundled: boolean;
}

async function locate(name: 'ffmpeg' | 'ffprobe', given: string | undefined, path: string): Promise<Located> {
  const variable = `${name.toUpperCase()}_PATH`;
  if (given) {
    if (await isExecutable(given)) return { path: given, bundled: false };
    throw new Error(`${variable} is ${given}, which is not a program.`);
  }
  const found = await onPath(name, path);
  if (found) return { path: found, bundled: false };
  const bundled = bundledBinary(name);
  if (bundled && (await isExecutable(bundled))) return { path: bundled, bundled: true };
  throw new Error(`There is no ${name} on PATH and none from npm; install FFmpeg or set ${variable}.`);
}

async function onPath(name: string, path: string): Promise<string | null> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const candidate = join(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return null;
}

function bundledBinary(name: 'ffmpeg' | 'ffprobe'): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `@${name}-installer/${process.platform}-${process.arch}/package.json`,
    );
    return join(dirname(manifest), name);
  } catch {
    return null;
  }
}

/** Old ones know no --pdeathsig. */
async function deathBinder(path: string): Promise<string | null> {
  const found = await onPath('setpriv', path);
  if (!found) return null;
  return output(found, ['--pdeathsig', 'KILL', process.execPath, '--version']).then(
    () => found,
    () => null,
  );
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function output(command: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(command, args, { timeout: 20_000, maxBuffer: 4 * 1024 ** 2, env: {} });
    return stdout;
  } catch (cause) {
    throw new Error(`${command} does not run on this machine (${args.join(' ')}).`, { cause });
  }
}

function noticesOf(found: {
  ffmpeg: Located;
  ffprobe: Located;
  version: string;
  recipe: Recipe;
  prlimit: string | null;
}): string[] {
  const notices: string[] = [];
  if (found.ffmpeg.bundled) {
    notices.push(
      `No ffmpeg on PATH: using the one from npm (${found.version}, of 2018). Good for trying out; install FFmpeg 5.1 or later to serve users.`,
    );
  } else if (found.recipe === 'basic') {
    notices.push(
      `${found.ffmpeg.path} is older than FFmpeg 5.0 (${found.version}): long videos are not encoded in parts.`,
    );
  }
  if (found.ffprobe.bundled) notices.push('No ffprobe on PATH: using the one from npm (of 2023).');
  if (!found.prlimit) notices.push("No prlimit on PATH: FFmpeg's memory is not bounded.");
  return notices;
}
