const MIB = 1024 ** 2;
/** S3: every part but the last has at least 5 MiB, an upload has at most 10,000 parts (Amazon S3 quotas). */
const PART_SIZE_BYTES_MIN = 5 * MIB;
const PART_COUNT_MAX = 10_000;
const PART_SIZE_BYTES_START = 8 * MIB;
const PART_SIZE_BYTES_USUAL_MAX = 64 * MIB;
/** Above this many parts a bigger part is the smaller evil: fewer signatures, fewer preflights. */
const PART_COUNT_COMFORTABLE = 1000;

/**
 * The part size of an upload, decided once and pinned: all parts are equal but the last, which some stores demand.
 *
 * @param sizeBytes of the whole file
 * @returns bytes, a multiple of 1 MiB
 */
export function partSizeFor(sizeBytes: number): number {
  let partSizeBytes = PART_SIZE_BYTES_START;
  while (partSizeBytes < PART_SIZE_BYTES_USUAL_MAX && sizeBytes / partSizeBytes > PART_COUNT_COMFORTABLE)
    partSizeBytes *= 2;
  const smallestPossible = Math.ceil(sizeBytes / PART_COUNT_MAX / MIB) * MIB;
  return Math.max(partSizeBytes, smallestPossible, PART_SIZE_BYTES_MIN);
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
