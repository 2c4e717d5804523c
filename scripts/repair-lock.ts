/**
 * Completes package-lock.json after an `npm install`.
 *
 * npm leaves a platform package out of the lock when the registry at hand does not serve it, and `npm ci` then
 * refuses that lock ("Missing: X from lock file"). A stub entry with the package's os and cpu satisfies both: on the
 * named platform npm fetches it, everywhere else it is skipped. Run: `node scripts/repair-lock.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockEntry {
  version?: string;
  dev?: boolean;
  optionalDependencies?: Record<string, string>;
  [field: string]: unknown;
}

const SYSTEMS = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'openharmony',
  'win32',
  'aix',
  'sunos',
  'netbsd',
  'openbsd',
];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'wasm32', 'arm'];

/** Which machines a platform package is for, read from its name (`@biomejs/cli-linux-x64-musl`). */
function platformOf(name: string): Record<string, string[]> | undefined {
  const os = SYSTEMS.find((system) => name.includes(system));
  if (!os) return undefined;
  const cpu = PROCESSORS.find((processor) => name.includes(processor));
  const libc = name.includes('musl') ? 'musl' : 'glibc';
  return { os: [os], ...(cpu && { cpu: [cpu] }), ...(os === 'linux' && { libc: [libc] }) };
}

/** Node's resolution: the package's own node_modules first, then each parent's. */
function isLocked(packages: Record<string, LockEntry>, from: string, name: string): boolean {
  for (let folder = from; ; ) {
    if (packages[`${folder ? `${folder}/` : ''}node_modules/${name}`]) return true;
    if (!folder) return false;
    const parent = folder.lastIndexOf('/node_modules/');
    folder = parent < 0 ? '' : folder.slice(0, parent);
  }
}

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockEntry> };
let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const platform = platformOf(name);
    if (!platform || !/^\d/.test(version) || isLocked(lock.packages, path, name)) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(entry.dev && { dev: true }),
      optional: true,
      ...platform,
    };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} platform entries added to ${file}`);
