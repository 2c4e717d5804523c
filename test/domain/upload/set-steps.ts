import { randomBytes, randomUUID } from 'node:crypto';
import { type OpenedFile, openFileSet } from '#domain/upload/open-file-set.ts';
import type { NamedFile } from '#domain/upload/set-files.ts';
import { runTask, type Stage } from '../stage.ts';

/** The files of a set by their path, as a client has them on its disk. */
export type SetOnDisk = Map<string, Buffer>;

const TYPES: Readonly<Record<string, string>> = {
  m3u8: 'application/vnd.apple.mpegurl',
  m4s: 'video/iso.segment',
  mp4: 'video/mp4',
  ts: 'video/mp2t',
  aac: 'audio/aac',
  vtt: 'text/vtt',
  jpg: 'image/jpeg',
};

export function box(type: string, payload = randomBytes(200)): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(payload.length + 8, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, payload]);
}

/** A transport stream by the look of its packets. */
export function packets(count = 3): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, () => Buffer.concat([Buffer.from([0x47]), randomBytes(187)])),
  );
}

const playlist = (...lines: string[]) => Buffer.from(`${['#EXTM3U', ...lines].join('\n')}\n`);

/** Eight seconds in two sizes and one sound, as our own packager lays them out, with a poster. */
export function wholeSet(): SetOnDisk {
  const files: SetOnDisk = new Map();
  const rung = (folder: string) => {
    files.set(
      `${folder}/playlist.m3u8`,
      playlist(
        '#EXT-X-VERSION:7',
        '#EXT-X-TARGETDURATION:4',
        '#EXT-X-MAP:URI="init.mp4"',
        '#EXTINF:4.000000,',
        'seg-0.m4s',
        '#EXTINF:4.000000,',
        'seg-1.m4s',
        '#EXT-X-ENDLIST',
      ),
    );
    files.set(`${folder}/init.mp4`, box('ftyp'));
    files.set(`${folder}/seg-0.m4s`, box('styp'));
    files.set(`${folder}/seg-1.m4s`, box('moof'));
  };
  for (const folder of ['360p', '180p', 'audio']) rung(folder);
  files.set(
    'master.m3u8',
    playlist(
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="audio/playlist.m3u8"',
      '#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1.4d401e,mp4a.40.2",AUDIO="a",FRAME-RATE=25.000',
      '360p/playlist.m3u8',
      '#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=320x180,AUDIO="a"',
      '180p/playlist.m3u8',
    ),
  );
  files.set('poster.jpg', Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), randomBytes(100)]));
  return files;
}

/** Changes the text of a file. */
export function edit(files: SetOnDisk, path: string, what: string | RegExp, by: string): void {
  const text = files.get(path)?.toString() ?? '';
  const changed = text.replace(what, by);
  if (changed === text) throw new Error(`Nothing in ${path} was changed`);
  files.set(path, Buffer.from(changed));
}

export function typeOf(path: string): string {
  return TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
}

/** As a request names them. */
export function named(files: SetOnDisk, { sizes = true, folder = '' } = {}): NamedFile[] {
  return [...files].map(([path, bytes]) => ({
    path: folder + path,
    contentType: typeOf(path),
    sizeBytes: sizes ? bytes.length : null,
  }));
}

export interface OpenedSet {
  readonly ownerId: string;
  readonly videoId: string;
  readonly sessionId: string;
  readonly files: readonly OpenedFile[];
}

/** Asks for the URLs of a set. */
export async function openedSet(
  stage: Stage,
  files: SetOnDisk,
  of: { ownerId?: string; videoId?: string; sizes?: boolean } = {},
): Promise<OpenedSet> {
  const ownerId = of.ownerId ?? randomUUID();
  const opened = await openFileSet(stage.as(ownerId), {
    files: named(files, { sizes: of.sizes ?? true }),
    videoId: of.videoId ?? null,
  });
  const [first] = opened;
  if (!first) throw new Error('Nothing was opened');
  return { ownerId, videoId: first.videoId, sessionId: first.sessionId, files: opened };
}

/** PUTs one file by its URL; answers how storage took it. */
export async function putSetFile({ signed, path }: OpenedFile, bytes: Buffer): Promise<number> {
  const response = await fetch(signed.url, {
    method: 'PUT',
    body: new Uint8Array(bytes),
    headers: { 'content-type': typeOf(path) },
  });
  await response.arrayBuffer();
  return response.status;
}

/** PUTs all files that are on the disk. */
export async function putSet({ files }: OpenedSet, onDisk: SetOnDisk): Promise<void> {
  for (const file of files) {
    const bytes = onDisk.get(file.path);
    if (!bytes) continue;
    const status = await putSetFile(file, bytes);
    if (status !== 200) throw new Error(`PUT of ${file.path} answered ${status}`);
  }
}

/** A set whose files all stand in staging. */
export async function sentSet(
  stage: Stage,
  files: SetOnDisk = wholeSet(),
  of: { ownerId?: string; videoId?: string; sizes?: boolean } = {},
): Promise<OpenedSet> {
  const opened = await openedSet(stage, files, of);
  await putSet(opened, files);
  return opened;
}

/** Runs the job that publishes a set, as a worker would. */
export function publish(
  stage: Stage,
  { sessionId }: { sessionId: string },
  signal?: AbortSignal,
): Promise<void> {
  return runTask('publish-set', stage.system(), { sessionId }, signal);
}
