import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { MediaIo } from '#providers/transcoders/ffmpeg/media-io.ts';

/** Outputs that are kept in memory, so that no storage is measured along. */
export function memoryOutputs(): Omit<MediaIo, 'readSource'> {
  const objects = new Map<string, Uint8Array>();
  return {
    async writeOutput(key, body) {
      objects.set(key, body);
    },
    async writeLongOutput(key, body) {
      objects.set(key, await buffer(body));
    },
    async readOutput(key, range) {
      const body = objects.get(key);
      if (!body) throw new Error(`Nothing was written at ${key}`);
      const end = range.end === undefined ? body.byteLength : range.end + 1;
      return { body: Readable.from([body.subarray(range.start, end)]), sizeBytes: body.byteLength };
    },
  };
}
