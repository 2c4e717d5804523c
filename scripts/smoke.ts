/**
 * Does a running deployment still do what it is for? Uploads a clip of two seconds, waits until it plays, fetches every
 * segment, deletes it. Knows nothing but the API, so it suits any deployment and the releases before and after.
 * Run: `npm run -s smoke -- --url https://video.example.com`, with a bearer token in SLUICE_TOKEN.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { seconds } from './ops/arguments.ts';
import { EXIT, runProgram } from './run-program.ts';
import { smoke } from './smoke/smoke.ts';

interface Options {
  readonly url: string;
  readonly token?: string;
  readonly within: number;
  readonly keep: boolean;
}

const program = new Command('smoke')
  .description('Uploads a clip to a running deployment, waits until it plays, and deletes it.')
  .usage('--url <url> [options]   (npm run -s smoke -- --url <url> [options])')
  .addOption(new Option('--url <url>', 'of the API').argParser(address).makeOptionMandatory())
  .addOption(
    new Option('--token <jwt>', 'a bearer token; others on this machine see arguments').env('SLUICE_TOKEN'),
  )
  .addOption(
    new Option('--within <time>', 'how long all of it may take').argParser(seconds).default(600, '10m'),
  )
  .option('--keep', 'leaves the video there', false)
  .showHelpAfterError('Run with --help to see what it takes.')
  .exitOverride()
  .action(run);

await runProgram(program);

async function run({ url, token, within, keep }: Options): Promise<void> {
  if (token === undefined || token === '')
    return program.error('error: a bearer token is needed: SLUICE_TOKEN, or --token', {
      exitCode: EXIT.usage,
    });
  const signal = AbortSignal.timeout(within * 1000);
  await smoke({ base: url, token, signal, keep }, (line) => process.stdout.write(`${line}\n`));
}

function address(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('It must look like https://video.example.com.');
  return text.replace(/\/+$/, '');
}
