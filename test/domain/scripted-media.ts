import { randomUUID } from 'node:crypto';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import type { SourceInspector, SourceProbe } from '#providers/transcoders/source-inspector.ts';
import type {
  Submission,
  TranscodeOrder,
  TranscodeOutput,
  Transcoder,
  TranscodeStatus,
} from '#providers/transcoders/transcoder.ts';
import { sourceProbe } from '#test/support/tracks.ts';

/** Says of every source what the test wants; FFmpeg would add nothing to what is proved here. */
export class ScriptedInspector implements SourceInspector {
  probe: SourceProbe = sourceProbe();
  /** Thrown by the next looks, one each. */
  readonly failures: Error[] = [];
  looks = 0;

  inspect(): Promise<SourceProbe> {
    this.looks += 1;
    const failure = this.failures.shift();
    return failure ? Promise.reject(failure) : Promise.resolve(this.probe);
  }

  poster(): Promise<Uint8Array> {
    return Promise.resolve(Buffer.from('a picture'));
  }

  reset(): void {
    this.probe = sourceProbe();
    this.failures.length = 0;
    this.looks = 0;
  }
}

type Work = (order: TranscodeOrder) => Promise<TranscodeOutput>;

/** Works inside the process as FFmpeg does, but writes what the test tells it to, into the real media bucket. */
export class ScriptedTranscoder implements Transcoder {
  readonly name = 'ffmpeg';
  media: ObjectStore | undefined;
  /** What the next orders do, one each; afterwards each is carried out well. */
  readonly script: Work[] = [];
  readonly orders: TranscodeOrder[] = [];
  readonly canceled: string[] = [];
  reported: TranscodeStatus = { state: 'running', progressPercent: 40 };

  submit(order: TranscodeOrder): Promise<Submission> {
    this.orders.push(order);
    const providerJobId = randomUUID();
    const work = this.script.shift() ?? ((wanted: TranscodeOrder) => this.make(wanted));
    const done = work(order);
    done.catch(() => undefined);
    return Promise.resolve({ providerJobId, done });
  }

  status(): Promise<TranscodeStatus> {
    return Promise.resolve(this.reported);
  }

  cancel(providerJobId: string): Promise<void> {
    this.canceled.push(providerJobId);
    return Promise.resolve();
  }

  /** Writes a whole output under the order's prefix. */
  make(order: TranscodeOrder): Promise<TranscodeOutput> {
    if (!this.media) throw new Error('The stage is not open');
    return writeOutput(this.media, order);
  }

  reset(): void {
    this.script.length = 0;
    this.orders.length = 0;
    this.canceled.length = 0;
    this.reported = { state: 'running', progressPercent: 40 };
  }
}

/** The objects of a whole output, by their name under the prefix. Segments last four seconds, the last one the rest. */
export function outputObjects(order: Pick<TranscodeOrder, 'ladder' | 'probe'>): Map<string, string> {
  const objects = new Map<string, string>();
  const { durationSeconds } = order.probe;
  const count = Math.max(1, Math.ceil(durationSeconds / 4));
  const lengths = Array.from({ length: count }, (_, i) => Math.min(4, durationSeconds - 4 * i));
  const master = ['#EXTM3U', '#EXT-X-VERSION:7'];
  for (const { label, width, height, maxVideoBitsPerSecond } of order.ladder) {
    master.push(
      `#EXT-X-STREAM-INF:BANDWIDTH=${maxVideoBitsPerSecond},RESOLUTION=${width}x${height}`,
      `${label}/playlist.m3u8`,
    );
    const segments = lengths.flatMap((length, i) => [`#EXTINF:${length.toFixed(6)},`, `seg-${i}.m4s`]);
    const head = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:4', '#EXT-X-MAP:URI="init.mp4"'];
    objects.set(`${label}/playlist.m3u8`, `${[...head, ...segments, '#EXT-X-ENDLIST'].join('\n')}\n`);
    objects.set(`${label}/init.mp4`, 'init');
    for (let i = 0; i < count; i += 1) objects.set(`${label}/seg-${i}.m4s`, `segment ${i}`);
  }
  return objects.set('master.m3u8', `${master.join('\n')}\n`);
}

/** Stores objects under the prefix of an order and says what they are. */
export async function writeOutput(
  media: ObjectStore,
  order: Pick<TranscodeOrder, 'ladder' | 'probe' | 'outputPrefix'>,
  objects = outputObjects(order),
): Promise<TranscodeOutput> {
  await Promise.all(
    [...objects].map(([name, body]) =>
      media.put(`${order.outputPrefix}${name}`, body, { contentType: 'application/octet-stream' }),
    ),
  );
  return {
    masterKey: `${order.outputPrefix}master.m3u8`,
    durationSeconds: order.probe.durationSeconds,
    assets: order.ladder.map(({ label, width, height, maxVideoBitsPerSecond }) => ({
      type: 'HLS_RENDITION',
      qualityLabel: label,
      key: `${order.outputPrefix}${label}/playlist.m3u8`,
      bandwidthBitsPerSecond: maxVideoBitsPerSecond,
      width,
      height,
      codec: null,
      container: 'm3u8',
    })),
  };
}
