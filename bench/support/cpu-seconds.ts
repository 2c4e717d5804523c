import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever the kernel was built with (proc(5), sysconf(_SC_CLK_TCK)). */
const TICKS_PER_SECOND = 100;

/** CPU that this process, and its children that have ended, used so far. */
export interface CpuSeconds {
  readonly own: number;
  /** NaN where there is no /proc. */
  readonly children: number;
}

export function cpuSeconds(): CpuSeconds {
  const { user, system } = process.cpuUsage();
  return { own: (user + system) / 1e6, children: childrenSeconds() };
}

/** cutime and cstime: fields 16 and 17, counted from behind the name, which may hold anything. */
function childrenSeconds(): number {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}
