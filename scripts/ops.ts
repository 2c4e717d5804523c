/**
 * The operators' program: `npm run ops -- <verb>`. It runs the verbs of domain/operations/ straight over the database and
 * storage of the deployment, so it works while the API is down.
 *
 * To add a verb, write scripts/ops/<verb>.ts and name it in VERBS below:
 *
 *   export const addGreet: AddVerb = (program, run) => void program.command('greet <name>').description('Say hello')
 *     .option('--loud', 'shout').action(run<{ loud?: true }, [string]>(async ({ context, options, confirm, progress }, name) =>
 *       ({ json: { greeted: name }, text: [`Greeted ${name}.`, 'Next: wait for the answer.'] })));
 */
import { Command } from 'commander';
import { addDeadLetters } from './ops/dead-letters.ts';
import { addFreeze } from './ops/freeze.ts';
import { addInvalidate } from './ops/invalidate.ts';
import { addMove } from './ops/move.ts';
import { openDeployment } from './ops/open-deployment.ts';
import { addPause } from './ops/pause.ts';
import { addReplay } from './ops/replay.ts';
import { addResume } from './ops/resume.ts';
import { verbRunner } from './ops/run-verb.ts';
import { addStatus } from './ops/status.ts';
import { addThrottle } from './ops/throttle.ts';
import { type AddVerb, EXIT } from './ops/verb.ts';
import { runProgram } from './run-program.ts';

/** In the order of --help. */
const VERBS: readonly AddVerb[] = [
  addStatus,
  addPause,
  addThrottle,
  addFreeze,
  addInvalidate,
  addResume,
  addReplay,
  addDeadLetters,
  addMove,
];

const program = new Command('ops')
  .description('Steers a running deployment: its database and storage are enough, the API may be down.')
  .usage('<verb> [options]   (npm run -s ops -- <verb> [options])')
  .option('--json', 'print one JSON document on stdout, for scripts')
  .option('--yes', 'do not ask before something that cannot be taken back')
  .option('--verbose', 'show the log on stderr')
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('Run with --help to see what it takes.')
  .addHelpText(
    'after',
    `
The deployment is the one that the environment names (DATABASE_URL, S3_...), else the \`npm start\` of this folder.

Exit codes:
  ${EXIT.done}    done
  ${EXIT.failed}    failed: the database or another part does not answer
  ${EXIT.usage}    wrong usage
  ${EXIT.refused}    refused: a rule does not allow it, or you said no
  ${EXIT.partly}    done in part: the result says what is left
  ${EXIT.interrupted}  interrupted: run it again to go on`,
  )
  .exitOverride();
const run = verbRunner(openDeployment);
for (const add of VERBS) add(program, run);
await runProgram(program);
