import type { Size } from '../../settings.ts';

/** A pair that Fargate takes: 1024 CPU units are one core. */
export interface FargateSize {
  readonly cpuUnits: number;
  readonly memoryMib: number;
}

/**
 * Memory that Fargate takes with each number of CPU units, in MiB: from, to, in steps of.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
 */
const MEMORY_OF: Readonly<Record<number, { from: number; to: number; step: number }>> = {
  256: { from: 512, to: 2048, step: 512 },
  512: { from: 1024, to: 4096, step: 1024 },
  1024: { from: 2048, to: 8192, step: 1024 },
  2048: { from: 4096, to: 16_384, step: 1024 },
  4096: { from: 8192, to: 30_720, step: 1024 },
  8192: { from: 16_384, to: 61_440, step: 4096 },
  16384: { from: 32_768, to: 122_880, step: 8192 },
};

/** The API waits for others most of the time. */
export const API_SIZES: Readonly<Record<Size, FargateSize>> = {
  small: { cpuUnits: 512, memoryMib: 1024 },
  medium: { cpuUnits: 1024, memoryMib: 2048 },
  large: { cpuUnits: 2048, memoryMib: 4096 },
};

/** FFmpeg keeps every core busy; where others transcode, a worker only probes and calls. */
export const WORKER_SIZES: Readonly<Record<'encodes' | 'calls', Readonly<Record<Size, FargateSize>>>> = {
  encodes: {
    small: { cpuUnits: 2048, memoryMib: 4096 },
    medium: { cpuUnits: 4096, memoryMib: 8192 },
    large: { cpuUnits: 8192, memoryMib: 16_384 },
  },
  calls: {
    small: { cpuUnits: 512, memoryMib: 2048 },
    medium: { cpuUnits: 1024, memoryMib: 4096 },
    large: { cpuUnits: 2048, memoryMib: 8192 },
  },
};

/** True for a pair that Fargate takes. 256 units have a gap: 512, 1024 and 2048 MiB only. */
export function isFargateSize({ cpuUnits, memoryMib }: FargateSize): boolean {
  const range = MEMORY_OF[cpuUnits];
  if (!range || (cpuUnits === 256 && memoryMib === 1536)) return false;
  const { from, to, step } = range;
  return memoryMib >= from && memoryMib <= to && (memoryMib - from) % step === 0;
}
