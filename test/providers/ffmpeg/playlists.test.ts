import { expect, test } from 'vitest';
import {
  averageBandwidth,
  type MasterVariant,
  masterPlaylist,
  mediaPlaylist,
  peakBandwidth,
} from '#providers/transcoders/ffmpeg/playlists.ts';

const segment = (name: string, durationSeconds: number, sizeBytes: number) => ({
  name,
  durationSeconds,
  sizeBytes,
});

test('a media playlist is complete, relative and ended', () => {
  const segments = [segment('segment_00000.m4s', 4.004, 1000), segment('segment_00001.m4s', 0.5, 200)];
  expect(mediaPlaylist(segments, 'init.mp4')).toBe(
    [
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-TARGETDURATION:4',
      '#EXT-X-MEDIA-SEQUENCE:0',
      '#EXT-X-PLAYLIST-TYPE:VOD',
      '#EXT-X-MAP:URI="init.mp4"',
      '#EXTINF:4.004000,',
      'segment_00000.m4s',
      '#EXTINF:0.500000,',
      'segment_00001.m4s',
      '#EXT-X-ENDLIST',
      '',
    ].join('\n'),
  );
});

test('the target duration is the longest segment to the nearest second, and never 0', () => {
  expect(mediaPlaylist([segment('a', 4.6, 1)], null)).toContain('#EXT-X-TARGETDURATION:5');
  expect(mediaPlaylist([segment('a', 0.03, 1)], null)).toContain('#EXT-X-TARGETDURATION:1');
});

test('a short last segment does not set the peak', () => {
  const segments = [segment('a', 4, 4000), segment('b', 4, 8000), segment('c', 0.033, 8000)];
  // b and c together: 16,000 bytes in 4.033 s.
  expect(peakBandwidth(segments)).toBe(Math.ceil((16_000 * 8) / 4.033));
  expect(averageBandwidth(segments)).toBe(Math.ceil((20_000 * 8) / 8.033));
});

test('a video shorter than half a target duration is its own peak', () => {
  expect(peakBandwidth([segment('a', 0.1, 100)])).toBe(8000);
});

const variant = (label: string, bitsPerSecond: number): MasterVariant => ({
  uri: `${label}/playlist.m3u8`,
  width: 640,
  height: 360,
  codec: 'avc1.64001e',
  framesPerSecond: { numerator: 30000, denominator: 1001 },
  segments: [segment('a', 4, bitsPerSecond / 2)],
});

test('the master counts the sound in and names both codecs', () => {
  const audio = { uri: 'audio/playlist.m3u8', codec: 'mp4a.40.2', segments: [segment('a', 4, 64_000)] };
  expect(masterPlaylist([variant('360p', 800_000)], audio)).toBe(
    [
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Original",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio/playlist.m3u8"',
      '#EXT-X-STREAM-INF:BANDWIDTH=928000,AVERAGE-BANDWIDTH=928000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO="audio"',
      '360p/playlist.m3u8',
      '',
    ].join('\n'),
  );
});

test('without sound there is no group to name', () => {
  const master = masterPlaylist([variant('360p', 800_000)], null);
  expect(master).not.toContain('AUDIO');
  expect(master).toContain('CODECS="avc1.64001e"');
});

test('players begin with a rung that a phone can take', () => {
  const order = (...rates: readonly number[]) =>
    masterPlaylist(
      rates.map((rate) => variant(`${rate}`, rate)),
      null,
    )
      .split('\n')
      .filter((line) => line.endsWith('/playlist.m3u8'))
      .map((line) => Number(line.split('/')[0]));
  expect(order(5_000_000, 2_000_000, 800_000)).toEqual([2_000_000, 5_000_000, 800_000]);
  expect(order(9_000_000, 5_000_000)).toEqual([5_000_000, 9_000_000]);
  expect(order(400_000)).toEqual([400_000]);
});
