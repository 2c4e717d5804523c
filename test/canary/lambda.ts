import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { CANARY_ARCHIVE_PATHS, CANARY_HANDLER, canaryCode } from '#infra/aws/canary/code.ts';
import { zipReader } from '#providers/archive/zip-reader.ts';
import { startProgram } from '#test/support/processes.ts';

export interface CanaryStep {
  readonly name: string;
  readonly passed: boolean;
}

export interface CanaryRun {
  readonly passed: boolean;
  /** What the run says in the end, or why it failed. */
  readonly message: string;
  readonly steps: readonly CanaryStep[];
  /** Everything that it has written, to which its metrics and its log would be added. */
  readonly output: string;
}

/** Stands in for the library of CloudWatch Synthetics: a step that throws has failed, and throws on. */
const LIBRARY = `
const { appendFileSync } = require('node:fs');
const tell = (name, passed) => appendFileSync(process.env.STEPS_FILE, JSON.stringify({ name, passed }) + '\\n');
exports.synthetics = {
  async executeStep(name, run) {
    try {
      const result = await run();
      tell(name, true);
      return result;
    } catch (error) {
      console.error(name, error);
      tell(name, false);
      throw error;
    }
  },
};`;

/** Stands in for what Lambda has of Secrets Manager: one secret. */
const SECRETS = `
exports.GetSecretValueCommand = class { constructor(input) { this.input = input; } };
exports.SecretsManagerClient = class {
  async send({ input }) {
    if (input.SecretId === process.env.STORED_SECRET_ARN) return { SecretString: process.env.STORED_SECRET };
    throw Object.assign(new Error('no ' + input.SecretId), { name: 'ResourceNotFoundException' });
  }
};`;

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:canary-1a2b3c';
const [file = '', handler = ''] = CANARY_HANDLER.split('.');
const LAMBDA = `require(${JSON.stringify(file)}).${handler}().then(
  (said) => console.log(said),
  (error) => { console.log(error.message); process.exitCode = 1; },
);`;

/** The archive that the stack uploads, unpacked, and the script at one place of it, in a process as Lambda makes one: packages are found by NODE_PATH alone. */
export async function runCanary(
  { apiUrl, token, secretArn = ARN }: { apiUrl: string; token: string; secretArn?: string },
  archivePath: (typeof CANARY_ARCHIVE_PATHS)[number] = CANARY_ARCHIVE_PATHS[0],
): Promise<CanaryRun> {
  const root = await mkdtemp(path.join(tmpdir(), 'sluice-canary-'));
  try {
    const script = path.join(root, 'code', archivePath);
    const stepsFile = path.join(root, 'steps');
    await put(path.join(root, 'runtime/@aws/synthetics-core/index.js'), LIBRARY);
    await put(path.join(root, 'runtime/@aws-sdk/client-secrets-manager/index.js'), SECRETS);
    await put(stepsFile, '');
    await put(path.join(root, 'lambda.cjs'), LAMBDA);
    for (const [name, content] of await unpacked((await canaryCode()).zip))
      await put(path.join(root, 'code', name), content);
    const program = startProgram([path.join(root, 'lambda.cjs')], {
      NODE_PATH: [path.dirname(script), path.join(root, 'runtime')].join(path.delimiter),
      STEPS_FILE: stepsFile,
      STORED_SECRET_ARN: ARN,
      STORED_SECRET: JSON.stringify({ token }),
      API_URL: apiUrl,
      TOKEN_SECRET_ARN: secretArn,
    });
    const { code } = await program.ended;
    const lines = (await readFile(stepsFile, 'utf8')).split('\n').filter(Boolean);
    return {
      passed: code === 0,
      message: program.out().trim(),
      steps: lines.map((line) => JSON.parse(line) as CanaryStep),
      output: program.out() + program.err(),
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function unpacked(zip: Buffer): Promise<[name: string, content: Buffer][]> {
  const source = {
    sizeBytes: zip.length,
    read: async (start: number, end: number) => Readable.from([zip.subarray(start, end + 1)]),
  };
  const archive = await zipReader().open(source, { maxEntries: 10 });
  return Promise.all(
    archive.entries.map(async (entry) => [entry.name, await buffer(await archive.open(entry))] as const),
  ).then((files) => files.map(([name, content]) => [name, content]));
}

async function put(target: string, content: string | Buffer): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, content);
}
