import { readFile } from 'node:fs/promises';
import { makeClip } from '#test/support/clips.ts';

/** Files that make a careless FFmpeg fetch `address`, by what they are. All are named .mp4 by whoever uploads them. */
export async function hostileFiles(address: string): Promise<Record<string, Buffer>> {
  const text = (...lines: readonly string[]) => Buffer.from([...lines, ''].join('\n'));
  return {
    'an HLS playlist': text(
      '#EXTM3U',
      '#EXT-X-TARGETDURATION:4',
      '#EXTINF:4,',
      `${address}/a.ts`,
      '#EXT-X-ENDLIST',
    ),
    'an HLS master playlist': text('#EXTM3U', '#EXT-X-STREAM-INF:BANDWIDTH=1', `${address}/a.m3u8`),
    'a DASH manifest': text(
      '<?xml version="1.0"?>',
      '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S" profiles="urn:mpeg:dash:profile:isoff-main:2011">',
      `<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>${address}/a.mp4</BaseURL>`,
      '</Representation></AdaptationSet></Period></MPD>',
    ),
    'an ffconcat script': text('ffconcat version 1.0', `file ${address}/a.mp4`),
    'an SDP description': text(
      'v=0',
      'o=- 0 0 IN IP4 127.0.0.1',
      's=x',
      `c=IN IP4 ${new URL(address).hostname}`,
      't=0 0',
      `m=video ${new URL(address).port} RTP/AVP 96`,
      'a=rtpmap:96 H264/90000',
    ),
    'a QuickTime file whose pictures lie elsewhere': withExternalReference(
      await readFile(await makeClip('index-at-end')),
      `${address}/a.mp4`,
    ),
  };
}

/** Rewrites every data reference into an alias record (QuickTime File Format, "dref") with an absolute path. */
function withExternalReference(movie: Buffer, path: string): Buffer {
  return boxes(movie, (type, body) => (type === 'dref' ? dref(path) : body));
}

const PARENTS = new Set(['moov', 'trak', 'mdia', 'minf', 'dinf']);

/** Copies boxes and those inside `PARENTS`, each body as `change` gives it back. */
function boxes(bytes: Buffer, change: (type: string, body: Buffer) => Buffer): Buffer {
  const out: Buffer[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + size);
    out.push(box(type, PARENTS.has(type) ? boxes(body, change) : change(type, body)));
    at += size;
  }
  return Buffer.concat(out);
}

function box(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(body.length + 8);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, body]);
}

function dref(path: string): Buffer {
  const count = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]);
  // Version and flags, then an alias record: 10 bytes unread, the volume's name, 12 unread, the file's name, 16 unread,
  // two counts of folders, 16 unread.
  const volume = Buffer.alloc(28);
  const name = Buffer.alloc(64);
  name.writeUInt8(5);
  name.write('a.mp4', 1);
  const record = Buffer.concat([
    Buffer.alloc(4),
    Buffer.alloc(10),
    volume,
    Buffer.alloc(12),
    name,
    Buffer.alloc(16),
    Buffer.from([0, 1, 0, 1]),
    Buffer.alloc(16),
    alisItem(2, Buffer.from(path)),
    alisItem(18, Buffer.from(path)),
    Buffer.from([0xff, 0xff, 0, 0]),
  ]);
  return Buffer.concat([count, box('alis', record)]);
}

function alisItem(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value, Buffer.alloc(value.length % 2)]);
}
