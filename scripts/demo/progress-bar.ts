import type { WriteStream } from 'node:tty';

const WIDTH = 32;

export interface ProgressBar {
  /** @param fraction 0 to 1 */
  show(fraction: number, note?: string): void;
  end(note: string): void;
}

/** One line that grows on a terminal; in a log, a line at each quarter. */
export function progressBar(label: string, out: WriteStream | NodeJS.WriteStream): ProgressBar {
  const live = out.isTTY === true;
  let lastQuarter = -1;
  const line = (fraction: number, note: string) => {
    const full = Math.round(Math.min(1, Math.max(0, fraction)) * WIDTH);
    const percent = `${Math.round(fraction * 100)}`.padStart(3);
    return `${label.padEnd(10)} ${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${percent} %  ${note}`;
  };
  return {
    show(fraction, note = '') {
      if (live) out.write(`\r\x1b[2K${line(fraction, note)}`);
      else if (Math.floor(fraction * 4) > lastQuarter) {
        lastQuarter = Math.floor(fraction * 4);
        out.write(`${line(fraction, note)}\n`);
      }
    },
    end(note) {
      if (live) out.write(`\r\x1b[2K${line(1, note)}\n`);
      else out.write(`${line(1, note)}\n`);
    },
  };
}
