import type { ArchiveReader } from './archive-reader.ts';

/** Placeholder of the skeleton. */
export function zipReader(): ArchiveReader {
  return { open: () => Promise.reject(new Error('not built')) };
}
