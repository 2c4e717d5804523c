import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import type { MediaIo, SourceRange } from '#providers/transcoders/ffmpeg/media-io.ts';
import type { Demuxer, SourceObject } from '#providers/transcoders/source-inspector.ts';

/** Sources and outputs in a folder, with a place to make reads and writes fail. */
export interface LocalMedia {
  readonly io: MediaIo;
  /** Holds the outputs under their keys. */
  readonly outputFolder: string;
  /** For the transcoder's own files. */
  readonly tmpDir: string;
  /** Takes a file in as a source. */
  addSource(path: string, demuxer: Demuxer): Promise<SourceObject>;
  addSourceBytes(bytes: Uint8Array, demuxer: Demuxer): Promise<SourceObject>;
  /** Keys of all outputs, in the order in which they were written. */
  readonly written: string[];
  /** Keys on disk now. */
  outputKeys(): Promise<string[]>;
  /** Runs before every read; throw to make it fail. */
  onRead: (range: SourceRange, readNumber: number) => void | Promise<void>;
  /** Runs before every read of an output. */
  onReadOutput: (key: string) => void | Promise<void>;
  /** Runs before every write. */
  onWrite: (key: string, signal: AbortSignal) => void | Promise<void>;
  /** This many reads from now on break off after 40,000 bytes. */
  cutReads: number;
  /** Reads that were opened and not closed yet. */
  openReads(): number;
  close(): Promise<void>;
}

export async function localMedia(): Promise<LocalMedia> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-media-'));
  const [sources, outputFolder, tmpDir] = ['sources', 'outputs', 'tmp'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [sources, outputFolder, tmpDir]) await mkdir(folder);
  let nextSource = 0;
  let reads = 0;
  let open = 0;

  const addSource = async (path: string, demuxer: Demuxer): Promise<SourceObject> => {
    const key = `source-${nextSource++}`;
    await copyFile(path, join(sources, key));
    return { key, etag: 'first', sizeBytes: (await stat(path)).size, demuxer };
  };
  const media: LocalMedia = {
    outputFolder,
    tmpDir,
    written: [],
    cutReads: 0,
    onRead: () => undefined,
    onReadOutput: () => undefined,
    onWrite: () => undefined,
    addSource,
    async addSourceBytes(bytes, demuxer) {
      const path = join(root, 'bytes');
      await writeFile(path, bytes);
      return addSource(path, demuxer);
    },
    async outputKeys() {
      const entries = await readdir(outputFolder, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(outputFolder, join(entry.parentPath, entry.name)))
        .sort();
    },
    openReads: () => open,
    close: () => rm(root, { recursive: true, force: true }),
    io: {
      async readSource(source, range) {
        reads += 1;
        await media.onRead(range, reads);
        const path = join(sources, source.key);
        const whole = createReadStream(path, range);
        const body = media.cutReads > 0 ? Readable.from(brokenAfter(whole, 40_000)) : whole;
        media.cutReads = Math.max(0, media.cutReads - 1);
        open += 1;
        body.once('close', () => {
          open -= 1;
        });
        return { body, sizeBytes: (await stat(path)).size };
      },
      async writeOutput(key, body, { signal }) {
        await media.onWrite(key, signal);
        const path = join(outputFolder, key);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, body);
        media.written.push(key);
      },
      async writeLongOutput(key, body, { signal, sizeBytes }) {
        await media.onWrite(key, signal);
        const path = join(outputFolder, key);
        await writeFile(path, body);
        const { size } = await stat(path);
        if (size !== sizeBytes) throw new Error(`${key} has ${size} bytes instead of ${sizeBytes}`);
        media.written.push(key);
      },
      async readOutput(key, range) {
        await media.onReadOutput(key);
        const path = join(outputFolder, key);
        return { body: createReadStream(path, range), sizeBytes: (await stat(path)).size };
      },
    },
  };
  return media;
}

async function* brokenAfter(body: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let sent = 0;
  for await (const chunk of body) {
    const wanted = chunk.subarray(0, bytes - sent);
    sent += wanted.length;
    yield wanted;
    if (sent >= bytes) throw new Error('the connection was reset');
  }
}
