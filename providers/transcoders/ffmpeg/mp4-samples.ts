import { type Box, boxes, child, MalformedMp4 } from './mp4-boxes.ts';

/** The pictures or packets of one media segment, in decoding order. Times are in ticks of the track. */
export interface SegmentSamples {
  /** Bytes of each. */
  readonly sizes: Uint32Array;
  readonly durations: Uint32Array;
  /** From decoding to presentation. */
  readonly compositionOffsets: Int32Array;
  /** 1: decoding can begin there. */
  readonly isSync: Uint8Array;
  /** Where the samples lie in the segment: one piece a fragment. */
  readonly pieces: readonly { readonly start: number; readonly sizeBytes: number; readonly count: number }[];
}

/** Flag bits of `tfhd` and `trun`, ISO/IEC 14496-12 sections 8.8.7 and 8.8.8. */
const TFHD = { baseOffset: 0x1, description: 0x2, duration: 0x8, size: 0x10, flags: 0x20 } as const;
const TRUN = {
  dataOffset: 0x1,
  firstFlags: 0x4,
  duration: 0x100,
  size: 0x200,
  flags: 0x400,
  offset: 0x800,
} as const;
/** Of sample flags: decoding cannot begin here. */
const NON_SYNC = 0x10000;

interface Run {
  readonly sizes: number[];
  readonly durations: number[];
  readonly offsets: number[];
  readonly sync: number[];
  readonly dataOffset: number;
}

/**
 * Lists the samples of a media segment of one track, as our FFmpeg writes it. Throws MalformedMp4 for any other.
 *
 * @param trackDuration of a sample where the segment names none; ticks
 */
export function samplesOf(bytes: Buffer, trackDuration: number): SegmentSamples {
  const runs: (Run & { start: number })[] = [];
  for (const moof of boxes(bytes).filter((box) => box.type === 'moof')) {
    // A box's body is a view of these bytes: its header of 8 bytes comes before it.
    const moofStart = moof.body.byteOffset - bytes.byteOffset - 8;
    const traf = boxes(child(boxes(moof.body), 'traf'));
    const defaults = defaultsOf(child(traf, 'tfhd'), trackDuration);
    for (const trun of traf.filter((box) => box.type === 'trun')) {
      const run = runOf(trun, defaults);
      runs.push({ ...run, start: moofStart + run.dataOffset });
    }
  }
  return {
    sizes: Uint32Array.from(runs.flatMap((run) => run.sizes)),
    durations: Uint32Array.from(runs.flatMap((run) => run.durations)),
    compositionOffsets: Int32Array.from(runs.flatMap((run) => run.offsets)),
    isSync: Uint8Array.from(runs.flatMap((run) => run.sync)),
    pieces: runs.map(({ start, sizes }) => {
      const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
      if (start + sizeBytes > bytes.length) throw new MalformedMp4('samples lie outside the segment');
      return { start, sizeBytes, count: sizes.length };
    }),
  };
}

interface Defaults {
  readonly duration: number;
  readonly size: number | null;
  readonly flags: number;
}

function defaultsOf(tfhd: Buffer, trackDuration: number): Defaults {
  const present = tfhd.readUInt32BE(0) & 0xffffff;
  if (present & TFHD.baseOffset) throw new MalformedMp4('samples are counted from elsewhere');
  let at = 8 + (present & TFHD.description ? 4 : 0);
  const next = (flag: number) => {
    if (!(present & flag)) return null;
    at += 4;
    return tfhd.readUInt32BE(at - 4);
  };
  const duration = next(TFHD.duration) ?? trackDuration;
  const size = next(TFHD.size);
  return { duration, size, flags: next(TFHD.flags) ?? 0 };
}

function runOf({ body: trun }: Box, defaults: Defaults): Run {
  const present = trun.readUInt32BE(0) & 0xffffff;
  const signed = trun[0] === 1;
  const count = trun.readUInt32BE(4);
  if (!(present & TRUN.dataOffset)) throw new MalformedMp4('a run does not say where its samples lie');
  const dataOffset = trun.readInt32BE(8);
  let at = 12;
  const firstFlags = present & TRUN.firstFlags ? trun.readUInt32BE(at) : null;
  if (firstFlags !== null) at += 4;
  const run: Run = { sizes: [], durations: [], offsets: [], sync: [], dataOffset };
  const next = (flag: number, fallback: number | null) => {
    if (!(present & flag)) {
      if (fallback === null) throw new MalformedMp4('a sample has no length');
      return fallback;
    }
    at += 4;
    if (at > trun.length) throw new MalformedMp4('trun is cut off');
    return flag === TRUN.offset && signed ? trun.readInt32BE(at - 4) : trun.readUInt32BE(at - 4);
  };
  for (let index = 0; index < count; index += 1) {
    run.durations.push(next(TRUN.duration, defaults.duration));
    run.sizes.push(next(TRUN.size, defaults.size));
    const flags = next(TRUN.flags, index === 0 && firstFlags !== null ? firstFlags : defaults.flags);
    run.sync.push(flags & NON_SYNC ? 0 : 1);
    run.offsets.push(next(TRUN.offset, 0));
  }
  return run;
}
