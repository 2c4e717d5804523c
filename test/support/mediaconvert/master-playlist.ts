import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

export interface EncodedVideo {
  /** Of its media playlist. */
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly withSound: boolean;
}

/** What a media playlist holds. */
export interface EncodedPlaylist {
  readonly durationSeconds: number;
  /** Of its longest segment in bits, by its time. */
  readonly peakBitsPerSecond: number;
  /** Paths of everything that it names. */
  readonly files: readonly string[];
}

const AAC = 'mp4a.40.2';

/** The multivariant playlist as MediaConvert writes it: rungs in the order of the job, the sound as a group. */
export async function masterPlaylist(
  videos: readonly EncodedVideo[],
  sound: { readonly path: string; readonly groupId: string } | null,
): Promise<string> {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:6', '#EXT-X-INDEPENDENT-SEGMENTS'];
  const soundBits = sound ? (await readPlaylist(sound.path)).peakBitsPerSecond : 0;
  if (sound) {
    const group = `TYPE=AUDIO,GROUP-ID="${sound.groupId}",NAME="audio",AUTOSELECT=YES,DEFAULT=YES`;
    lines.push(`#EXT-X-MEDIA:${group},URI="${path.basename(sound.path)}"`);
  }
  for (const video of videos) {
    const { peakBitsPerSecond, files } = await readPlaylist(video.path);
    const codecs = [await avcCodec(files[0] ?? ''), ...(sound || video.withSound ? [AAC] : [])].join(',');
    lines.push(
      `#EXT-X-STREAM-INF:BANDWIDTH=${peakBitsPerSecond + soundBits},AVERAGE-BANDWIDTH=${peakBitsPerSecond + soundBits},CODECS="${codecs}",RESOLUTION=${video.width}x${video.height},FRAME-RATE=${video.framesPerSecond.toFixed(3)}${sound ? `,AUDIO="${sound.groupId}"` : ''}`,
      path.basename(video.path),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Reads a media playlist and the sizes of its segments. */
export async function readPlaylist(file: string): Promise<EncodedPlaylist> {
  const text = await readFile(file, 'utf8');
  const pathOf = (uri: string) => path.join(path.dirname(file), uri);
  const inits = [...text.matchAll(/#EXT-X-MAP:URI="([^"]+)"/g)].map(([, uri = '']) => pathOf(uri));
  const segments = [...text.matchAll(/#EXTINF:([\d.]+),[^\n]*\n([^#\n]+)/g)].map(([, seconds, uri = '']) => ({
    seconds: Number(seconds),
    path: pathOf(uri),
  }));
  const rates = await Promise.all(
    segments.map(async (segment) => (8 * (await stat(segment.path)).size) / segment.seconds),
  );
  return {
    durationSeconds: segments.reduce((sum, { seconds }) => sum + seconds, 0),
    peakBitsPerSecond: Math.round(Math.max(...rates)),
    files: [...inits, ...segments.map((segment) => segment.path)],
  };
}

/** `avc1.64001f` from the avcC box of an init segment, or from the first SPS of a transport stream. */
async function avcCodec(file: string): Promise<string> {
  const bytes = await readFile(file);
  const box = bytes.indexOf('avcC');
  // avcC: version, profile, compatibility, level. SPS: start code, type 7, the same three.
  const sps = bytes.indexOf(Buffer.from([0, 0, 1, 0x67]));
  const at = box >= 0 ? box + 5 : sps + 4;
  if (box < 0 && sps < 0) throw new Error(`${file} holds no H.264`);
  return `avc1.${bytes.toString('hex', at, at + 3)}`;
}
