import { readdir, readFile } from 'node:fs/promises';

export interface ChildProcessInfo {
  readonly pid: number;
  readonly commandLine: string;
  readonly environment: string;
  /** proc(5): `T` is stopped. */
  readonly state: string;
}

/** Processes of this machine whose command line names `text`. */
export async function processesNaming(text: string): Promise<ChildProcessInfo[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(
    pids.map(async (pid) => {
      try {
        const [commandLine, environment, stat] = await Promise.all(
          ['cmdline', 'environ', 'stat'].map((name) => readFile(`/proc/${pid}/${name}`, 'latin1')),
        );
        const state = stat?.slice(stat.lastIndexOf(')') + 2)[0] ?? '';
        return { pid: Number(pid), commandLine: commandLine ?? '', environment: environment ?? '', state };
      } catch {
        return null;
      }
    }),
  );
  return all.flatMap((each) => (each?.commandLine.includes(text) ? [each] : []));
}
