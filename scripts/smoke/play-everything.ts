import { parsePlaylist } from '#domain/media/hls-playlist.ts';

const TOLERANCE_SECONDS = 0.5;

/**
 * Fetches a stream as a player would: the master playlist, each rendition's, each segment. Needs no FFmpeg.
 *
 * Throws an Error for an address that does not answer, an empty segment, or a rendition that is not as long as expected.
 */
export async function playEverything(
  streamUrl: string,
  expectedSeconds: number,
  signal: AbortSignal,
): Promise<{ segments: number; bytes: number }> {
  const master = parsePlaylist(await text(streamUrl, signal));
  if (master.kind !== 'master') throw new Error(`${streamUrl} is no master playlist`);
  if (master.variants.length === 0) throw new Error(`${streamUrl} has no rendition`);
  const total = { segments: 0, bytes: 0 };
  for (const uri of [...master.variants.map((variant) => variant.uri), ...master.renditions]) {
    const playlistUrl = new URL(uri, streamUrl);
    const playlist = parsePlaylist(await text(playlistUrl, signal));
    if (playlist.kind !== 'media') throw new Error(`${uri} is no media playlist`);
    for (const each of [...playlist.resources, ...playlist.segments.map((segment) => segment.uri)])
      total.bytes += await size(new URL(each, playlistUrl), signal);
    const lasts = playlist.segments.reduce((sum, segment) => sum + segment.durationSeconds, 0);
    if (Math.abs(lasts - expectedSeconds) > TOLERANCE_SECONDS)
      throw new Error(`${uri} lasts ${lasts} s, the clip ${expectedSeconds} s`);
    total.segments += playlist.segments.length;
  }
  return total;
}

async function answered(url: string | URL, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}

async function text(url: string | URL, signal: AbortSignal): Promise<string> {
  return (await answered(url, signal)).text();
}

async function size(url: URL, signal: AbortSignal): Promise<number> {
  const { byteLength } = await (await answered(url, signal)).arrayBuffer();
  if (byteLength === 0) throw new Error(`${url} is empty`);
  return byteLength;
}
