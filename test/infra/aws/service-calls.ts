import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** What a role does to one of the two buckets; of neither: invalidations and transcodes. */
export type Target = 'sources' | 'media' | 'neither';
export interface Call {
  readonly method: string;
  readonly target: Target;
  readonly file: string;
}

/** The programs that run under a role of their own, and what is wired for each alone. */
const PROGRAMS = {
  api: ['api/**/*.ts', 'bootstrap/compose.ts'],
  worker: [
    'worker/**/*.ts',
    'bootstrap/ffmpeg.ts',
    'bootstrap/put-long.ts',
    'bootstrap/output-playlists.ts',
    'bootstrap/coconut.ts',
  ],
  once: ['scripts/ops.ts'],
} as const;
export type Program = keyof typeof PROGRAMS;
/** Wired for all of them. */
const SHARED = ['bootstrap/storages.ts', 'bootstrap/join-deployment.ts'];

/** Modules of which some ask a name or two, and none of what they call. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  // Whoever pauses the pipeline asks whether removals are under way; workers alone remove.
  'domain/operations/remove-sources.ts': ['PipelinePaused', 'removalsUnderWay'],
};

const FOLLOWED = /^(domain|api|worker|scripts)\//;

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** Modules that a file imports at run time, less those of which it takes a part that calls nothing. */
function importsOf(file: string): string[] {
  const statements = read(file).matchAll(/^(?:import|export)\s+(?!type\b)([^;]*?)\s*from '([^']+)'/gms);
  return [...statements].flatMap(([, names = '', specifier = '']) => {
    const target = specifier.startsWith('#') ? specifier.slice(1) : path.join(path.dirname(file), specifier);
    if (!/^[#.]/.test(specifier) || !FOLLOWED.test(target) || !existsSync(path.join(ROOT, target))) return [];
    const asked = [...names.matchAll(/(?:^|[{,]\s*)(?!type\b)(\w+)/g)].map(([, name = '']) => name);
    const part = PARTS[target];
    return part && asked.length > 0 && asked.every((name) => part.includes(name)) ? [] : [target];
  });
}

/** Every module of ours that a program may run. */
export function modulesOf(program: Program): string[] {
  const starts = [...PROGRAMS[program], ...SHARED].flatMap((pattern) => globSync(pattern, { cwd: ROOT }));
  const found = new Set(starts);
  for (const file of found) for (const next of importsOf(file)) found.add(next);
  return [...found];
}

/** Methods of the storage port that nothing else has: called on whatever, they are asked of a bucket. */
const OF_STORAGE_ALONE =
  'presignPut|presignGet|presignPart|createMultipart|putPart|listParts|completeMultipart|abortMultipart|listMultiparts|copyFrom|restore|deleteMany';
/** The others are, on a bucket by the names that it has in our code. */
const OF_OTHERS_TOO = 'head|get|put|list';
const BUCKETS = String.raw`sources|media|store|here|there|from|to|\w+\[bucket\]`;
const STORAGE_CALLS = [
  new RegExp(String.raw`(\w*)[\])]*\s*\.(${OF_STORAGE_ALONE})\(`, 'g'),
  new RegExp(String.raw`\b(${BUCKETS})\s*\.(${OF_OTHERS_TOO})\(`, 'g'),
];
const DELIVERY_CALL = /\bdelivery\s*\.(invalidate)\(/g;
const TRANSCODER_CALL =
  /[tT]ranscoder(?:s\.get)?(?:\([^()]*\))?\s*\.(submit|status|cancel|findSubmission)\(/g;

/** What a program may ask of storage, CDN and transcoders, each where it is asked. */
export function callsOf(program: Program): Call[] {
  return modulesOf(program).flatMap((file) => {
    const text = read(file);
    const asked = STORAGE_CALLS.flatMap((pattern) => [...text.matchAll(pattern)]);
    const storage = asked.flatMap(([, receiver = '', method = '']): Call[] => {
      // What has no name of its own may be either bucket.
      const targets = receiver === 'sources' || receiver === 'media' ? [receiver] : ['sources', 'media'];
      return targets.map((target) => ({ method, target: target as Target, file }));
    });
    const others = [...text.matchAll(DELIVERY_CALL), ...text.matchAll(TRANSCODER_CALL)];
    return [...storage, ...others.map(([, method = '']): Call => ({ method, target: 'neither', file }))];
  });
}

/** Commands of the SDK that the adapters send. */
export function commandsSent(): Set<string> {
  const files = globSync('providers/**/*.ts', { cwd: ROOT });
  return new Set(
    files.flatMap((file) => [...read(file).matchAll(/new (\w+Command)\(/g)].map(([, name = '']) => name)),
  );
}

/** Methods of the storage port, as its interface has them. */
export function portMethods(): string[] {
  const [, body = ''] =
    /export interface ObjectStore \{(.*?)^\}/ms.exec(read('providers/storage/object-store.ts')) ?? [];
  return [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, name = '']) => name);
}
