/**
 * What a video costs with each of the three transcoders, a month of storage and a thousand views, from the price tables
 * of domain/cost/prices. Nothing is asked of any cloud. Run: `npm run -s cost -- <video file | minutes>`.
 */
import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { estimate } from '#domain/cost/estimate.ts';
import { VIEWER_REGIONS, type ViewerRegion } from '#domain/cost/prices/delivery.ts';
import { MACHINE_NAMES, type MachineName } from '#domain/cost/prices/machines.ts';
import { PRICES } from '#domain/cost/prices/price-tables.ts';
import { planTranscode } from '#domain/transcode/plan-transcode.ts';
import { TRANSCODER_NAMES, type TranscoderName } from '#providers/transcoders/transcoder.ts';
import { describedSource } from './cost/described-source.ts';
import { withDollars } from './cost/json.ts';
import { NoSuchFile } from './cost/local-source.ts';
import {
  amount,
  framesPerSecond,
  lengthSeconds,
  type PictureSize,
  pictureSize,
  region,
  requireLength,
  views,
} from './cost/options.ts';
import { type ProbedSource, probedSource } from './cost/probed-source.ts';
import { report } from './cost/report.ts';
import { runProgram } from './run-program.ts';

interface Options {
  readonly size: PictureSize;
  readonly fps: number;
  readonly sound: boolean;
  readonly mp4: boolean;
  readonly transcoder: TranscoderName;
  readonly views: number;
  readonly viewers: ViewerRegion;
  readonly region: string;
  readonly machine: MachineName;
  readonly machineUsdPerHour?: string;
  readonly json: boolean;
}

const HD: PictureSize = { width: 1920, height: 1080 };
const program = new Command('cost')
  .description('What a video costs with ffmpeg, Coconut and MediaConvert; its storage and its delivery.')
  .usage('<video file | minutes> [options]   (npm run -s cost -- <video file | minutes> [options])')
  .argument('<video>', 'a video file, which is probed; or a length: 90 (minutes), 1h30m, 45s')
  .addOption(
    new Option('--size <size>', 'of a length: 1280x720, 1080p')
      .argParser(pictureSize)
      .default(HD, '1920x1080'),
  )
  .addOption(
    new Option('--fps <rate>', 'of a length: frames a second').argParser(framesPerSecond).default(30),
  )
  .option('--no-sound', 'of a length: it has no sound')
  .option('--mp4', 'with an MP4 beside each rendition', false)
  .addOption(new Option('--views <n>', 'how often it is watched').argParser(views).default(1000))
  .addOption(new Option('--viewers <where>', 'where').choices(VIEWER_REGIONS).default('north-america'))
  .addOption(new Option('--region <region>', 'of AWS').argParser(region).default('us-east-1'))
  .addOption(
    new Option('--machine <name>', 'on which ffmpeg runs').choices(MACHINE_NAMES).default('fargate-x86'),
  )
  .addOption(new Option('--machine-usd-per-hour <usd>', 'what it costs you instead').argParser(amount))
  .addOption(
    new Option('--transcoder <name>', 'whose renditions are stored')
      .choices(TRANSCODER_NAMES)
      .default('ffmpeg'),
  )
  .option('--json', 'one JSON document for scripts', false)
  .showHelpAfterError('Run with --help to see what it takes.')
  .exitOverride()
  .action(run);

await runProgram(program, (error) => error instanceof NoSuchFile);

async function run(video: string, options: Options): Promise<void> {
  const seconds = lengthSeconds(video);
  const source =
    seconds === null ? await fromFile(video) : describedSource(described(requireLength(seconds), options));
  const { probe, sizeBytes } = source;
  const { transcoder, machine, machineUsdPerHour = null } = options;
  const plan = planTranscode(source.source, probe, transcoder, {
    segmentContainer: 'fmp4',
    segmentSeconds: 4,
    audioBitsPerSecond: 128_000,
    mp4Renditions: options.mp4,
  });
  const alternatives = TRANSCODER_NAMES.filter((name) => name !== transcoder);
  const result = estimate(
    {
      plan,
      transcoder,
      alternatives,
      sourceBytes: sizeBytes,
      views: options.views,
      viewers: options.viewers,
    },
    PRICES,
    {
      machine,
      machineUsdPerHour,
      transcodesPerMachine: 1,
      region: options.region,
      store: null,
      network: null,
    },
  );
  const name = seconds === null ? basename(video) : 'A video';
  const text = options.json
    ? JSON.stringify({ currency: 'USD', video: name, ...(withDollars(result) as object) }, null, 2)
    : report(name, source, result);
  process.stdout.write(`${text}\n`);
}

function described(seconds: number, { size, fps, sound }: Options) {
  return { seconds, size, framesPerSecond: fps, hasSound: sound };
}

function fromFile(file: string): Promise<ProbedSource> {
  const search = {
    ffmpegPath: process.env.FFMPEG_PATH,
    ffprobePath: process.env.FFPROBE_PATH,
    pathVariable: process.env.PATH ?? '',
  };
  return probedSource(file, search, new AbortController().signal);
}
