const WIDTH = 30;

export interface ProgressBar {
  /** @param done of `total`, in whatever unit `note` names */
  show(done: number, total: number, note?: string): void;
  /** Takes the line away again: what was done is told by the result. */
  end(): void;
}

/** One line that is written over, on a terminal; nothing in a log or a pipe. */
export function progressBar(label: string, out: NodeJS.WriteStream = process.stderr): ProgressBar {
  if (!out.isTTY) return { show: () => undefined, end: () => undefined };
  return {
    show(done, total, note = '') {
      const fraction = total > 0 ? Math.min(1, done / total) : 0;
      const full = Math.round(fraction * WIDTH);
      const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
      out.write(`\r\x1b[2K${label} ${bar} ${String(Math.round(fraction * 100)).padStart(3)} %  ${note}`);
    },
    end: () => void out.write('\r\x1b[2K'),
  };
}
