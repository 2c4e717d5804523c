import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { zipOf } from './zip.ts';

/**
 * The runtime of CloudWatch Synthetics with Node 22 and no browser:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Library_Nodejs.html
 */
export const CANARY_RUNTIME = 'syn-nodejs-5.2';
/** File and function. */
export const CANARY_HANDLER = 'index.handler';

/** The script as it stands in this repository. */
const SCRIPT = path.join(import.meta.dirname, 'index.cjs');

/**
 * Where the script stands in the archive. Newer runtimes look at its root; the API's reference still asks for the folder of
 * a Lambda layer. It is `.js` there, with no package.json above it, which is CommonJS.
 */
export const CANARY_ARCHIVE_PATHS = ['index.js', 'nodejs/node_modules/index.js'] as const;

/** How often it runs, and what a run may take. */
export const CANARY_RUNS = { everyMinutes: 5, timeoutSeconds: 120, memoryMib: 960 } as const;

/** What it does, one after the other; each has metrics of its own. */
export const CANARY_STEPS = ['credential', 'create', 'start', 'sign', 'store', 'look', 'delete'] as const;

/** The script as Synthetics takes it, a ZIP, and what tells it from another. */
export async function canaryCode(): Promise<{ readonly zip: Buffer; readonly hash: string }> {
  const content = readFileSync(SCRIPT);
  const zip = await zipOf(CANARY_ARCHIVE_PATHS.map((at) => ({ path: at, content })));
  return { zip, hash: createHash('sha256').update(zip).digest('hex').slice(0, 16) };
}
