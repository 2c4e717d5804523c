const MIB = 1024 ** 2;
/** S3: every part but the last has at least 5 MiB, an upload has at most 10,000 parts (Amazon S3 quotas). */
export const PART_SIZE_BYTES_MIN = 5 * MIB;
export const PART_COUNT_MAX = 10_000;
const PART_SIZE_BYTES_START = 8 * MIB;
const PART_SIZE_BYTES_USUAL_MAX = 64 * MIB;
/** Above this many parts a bigger part is the smaller evil: fewer signatures, fewer preflights. */
const PART_COUNT_COMFORTABLE = 1000;

/**
 * The part size of an upload, decided once and pinned: all parts are equal but the last, which some stores demand.
 *
 * @param sizeBytes of the whole file, or the most it may have where nobody knows yet
 * @param maxPartSizeBytes what a client can hold in memory, 5 MiB or more; a file that would need more than 10,000 such
 *   parts gets bigger ones all the same
 * @returns bytes, a multiple of 1 MiB
 */
export function partSizeFor(sizeBytes: number, maxPartSizeBytes = PART_SIZE_BYTES_USUAL_MAX): number {
  const wanted = Math.max(PART_SIZE_BYTES_MIN, Math.floor(maxPartSizeBytes / MIB) * MIB);
  const usualMaxBytes = Math.min(PART_SIZE_BYTES_USUAL_MAX, wanted);
  let partSizeBytes = Math.min(PART_SIZE_BYTES_START, usualMaxBytes);
  while (partSizeBytes < usualMaxBytes && sizeBytes / partSizeBytes > PART_COUNT_COMFORTABLE)
    partSizeBytes = Math.min(usualMaxBytes, partSizeBytes * 2);
  const smallestPossibleBytes = Math.ceil(sizeBytes / PART_COUNT_MAX / MIB) * MIB;
  return Math.max(partSizeBytes, smallestPossibleBytes);
}

/** How many parts a file has. */
export function partCountFor(sizeBytes: number, partSizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / partSizeBytes));
}

/** The exact length of part `partNumber` (from 1), bytes. */
export function partLength(sizeBytes: number, partSizeBytes: number, partNumber: number): number {
  return Math.min(partSizeBytes, sizeBytes - (partNumber - 1) * partSizeBytes);
}

/** Numbers as ranges: [1,2,3,7] -> "1-3,7". */
export function asRanges(numbers: readonly number[]): string {
  const ranges: string[] = [];
  for (let i = 0; i < numbers.length; i += 1) {
    const first = numbers[i];
    let last = first;
    while (last !== undefined && numbers[i + 1] === last + 1) {
      i += 1;
      last = numbers[i];
    }
    ranges.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return ranges.join(',');
}
