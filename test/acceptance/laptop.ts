import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readPostmaster } from '#bootstrap/embedded/postgres/postmaster.ts';
import { readRun } from '#bootstrap/embedded/run-file.ts';
import { freePort } from '#test/support/ports.ts';
import { type Program, processesNaming, startCommand, startProgram } from '#test/support/processes.ts';
import { type Owner, ownerOf } from './owner.ts';

/** A folder and two ports, as someone has who has cloned the project. */
export interface Laptop extends AsyncDisposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** `npm start`, until the API serves. */
  start(...options: readonly string[]): Promise<Program>;
  /** `npm start`, however it ends. */
  tryToStart(env?: Readonly<Record<string, string>>): Program;
  /** Its user: with the token that `npm run --silent token` prints. */
  owner(): Promise<Owner>;
  /** Where the Postgres of the running `npm start` is. */
  databaseUrl(): string;
  /** Pids of all that runs for this folder beside Node: FFmpeg, Postgres. */
  helpers(): Promise<number[]>;
  /** The power cut: this `npm start`, its FFmpegs and its Postgres end at once. */
  killEverything(running: Program): Promise<void>;
}

/** @param env what is set beside the folder and the port */
export async function makeLaptop(env: Readonly<Record<string, string>> = {}): Promise<Laptop> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-laptop-'));
  // As root Postgres runs as another account, which has to enter.
  await chmod(folder, 0o711);
  const port = await freePort();
  const all = { SLUICE_DIR: folder, PORT: String(port), ...env };
  const address = `http://127.0.0.1:${port}`;
  const started: Program[] = [];
  const run = (options: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const program = startProgram(['bootstrap/standalone.ts', ...options], { ...all, ...more });
    started.push(program);
    return program;
  };
  const postmaster = () => readPostmaster(path.join(folder, 'postgres/data'));
  const helpers = async () => {
    const encoders = (await processesNaming(path.join(folder, 'tmp'))).filter(({ state }) => state !== 'Z');
    return [...encoders, postmaster()].flatMap((process) => process?.pid ?? []);
  };
  return {
    folder,
    env: all,
    async start(...options) {
      const program = run(options);
      await program.says('the API is ready');
      return program;
    },
    tryToStart: (more) => run([], more),
    async owner() {
      // Without --silent npm itself prints the command first.
      const words = ['npm', 'run', '--silent', 'token', '--', '--sub', 'somebody'];
      await using token = startCommand(words, all);
      await token.ended;
      const printed = /^([\w-]+\.[\w-]+\.[\w-]+)\n$/.exec(token.out())?.[1];
      if (!printed) throw new Error(`npm run token printed ${token.out()}${token.err()}`);
      return ownerOf((route, init) => fetch(address + route, init), printed);
    },
    databaseUrl: () => readRun(folder)?.databaseUrl ?? '',
    helpers,
    async killEverything(running) {
      const pids = await helpers();
      running.signal('SIGKILL');
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await running.ended;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((program) => program[Symbol.asyncDispose]()));
      for (const pid of await helpers()) process.kill(pid, 'SIGKILL');
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
