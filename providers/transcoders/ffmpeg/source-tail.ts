/** The end of a video track as its last packets tell it. */
export interface SourceTail {
  readonly packets: number;
  /** Where the last picture stops being shown, on the source's clock; null without packets. Seconds. */
  readonly endSeconds: number | null;
  /** Where the first picture read begins. Seconds. */
  readonly firstSeconds: number | null;
  /** Behind the last byte of any packet; null where the container does not tell. */
  readonly lastByte: number | null;
}

/** What ffprobe is asked for, one packet a line. */
export const PACKET_ENTRIES = 'packet=pts_time,dts_time,duration_time,pos,size,flags';

/** Reads ffprobe's `compact` lines as they come and keeps the extremes only. */
export function tailReader(frameSeconds: number): { add(chunk: Buffer): void; tail(): SourceTail } {
  let rest = '';
  let packets = 0;
  let first = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  let lastByte = -1;
  const take = (line: string) => {
    const fields = new Map(line.split('|').map((field) => [field.slice(0, field.indexOf('=')), field]));
    const number = (name: string) => {
      const value = Number(fields.get(name)?.slice(name.length + 1) ?? Number.NaN);
      return Number.isFinite(value) ? value : null;
    };
    const start = number('pts_time') ?? number('dts_time');
    // `D`: read only to decode what follows, never shown.
    if (start === null || fields.get('flags')?.includes('D')) return;
    packets += 1;
    first = Math.min(first, start);
    end = Math.max(end, start + (number('duration_time') || frameSeconds));
    const position = number('pos');
    if (position !== null && position >= 0) lastByte = Math.max(lastByte, position + (number('size') ?? 0));
  };
  return {
    add(chunk) {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    },
    tail() {
      if (rest !== '') take(rest);
      rest = '';
      return {
        packets,
        endSeconds: packets > 0 ? end : null,
        firstSeconds: packets > 0 ? first : null,
        lastByte: lastByte >= 0 ? lastByte : null,
      };
    },
  };
}
