import type { FigureRow } from '../price-row.ts';

/** CPU that our FFmpeg needs, in seconds of one core. */
export interface FfmpegFigures {
  /** Encoding a rung of a 16:9 source at `framesPerSecond`, lowest first; larger and smaller outputs by their pixels. */
  readonly encode: readonly [EncodeFigure, ...EncodeFigure[]];
  readonly framesPerSecond: number;
  /** Decoding a source of `sourcePixels` at `framesPerSecond`, with the first scaling and the sound. */
  readonly source: FigureRow;
  readonly sourcePixels: number;
  /** Of the worker itself: reading, cutting, checking, storing. */
  readonly worker: FigureRow;
  /** Of all cores, while a transcode runs. */
  readonly utilisation: FigureRow;
}

export interface EncodeFigure {
  readonly pixels: number;
  readonly cpuSeconds: FigureRow;
}

const MEASURED = {
  provider: 'ffmpeg',
  region: 'any',
  unit: 'CPU seconds per minute of the source',
  date: '2026-11-21',
  source: 'docs/cost.md',
  sureness: 'measured',
} as const;

/** Taken with `bench/rungs.ts`: H.264 by preset veryfast, 1080p30 with noise and motion everywhere, a hard source. */
export const FFMPEG_FIGURES: FfmpegFigures = {
  encode: [
    {
      pixels: 640 * 360,
      cpuSeconds: { ...MEASURED, id: 'ffmpeg/360p', tier: '360p', sureness: 'derived', value: '7.6' },
    },
    { pixels: 854 * 480, cpuSeconds: { ...MEASURED, id: 'ffmpeg/480p', tier: '480p', value: '13.5' } },
    { pixels: 1280 * 720, cpuSeconds: { ...MEASURED, id: 'ffmpeg/720p', tier: '720p', value: '25.3' } },
    { pixels: 1920 * 1080, cpuSeconds: { ...MEASURED, id: 'ffmpeg/1080p', tier: '1080p', value: '66.3' } },
  ],
  framesPerSecond: 30,
  source: { ...MEASURED, id: 'ffmpeg/source', tier: 'source', sureness: 'derived', value: '27.5' },
  sourcePixels: 1920 * 1080,
  worker: { ...MEASURED, id: 'ffmpeg/worker', tier: 'worker', value: '10.9', source: 'docs/benchmarks.md' },
  utilisation: {
    ...MEASURED,
    id: 'ffmpeg/utilisation',
    tier: 'any',
    unit: 'share of all cores',
    value: '0.92',
  },
};
