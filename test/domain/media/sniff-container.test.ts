import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SNIFF_BYTES, sniffContainer } from '#domain/media/sniff-container.ts';

const box = (type: string, content: string) =>
  Buffer.from(`\0\0\0\x20${type}${content}`.padEnd(64, '\0'), 'latin1');
const ebml = (docType: string) =>
  Buffer.concat([
    Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282', 'hex'),
    Buffer.from(`\x88${docType}`),
  ]);
const asf = Buffer.concat([Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex'), Buffer.alloc(64)]);

test.each([
  ['MP4', 'ftyp isom', box('ftyp', 'isom\0\0\x02\0isomiso2avc1mp41')],
  ['MP4', 'ftyp mp42', box('ftyp', 'mp42')],
  ['MP4', 'ftyp M4V', box('ftyp', 'M4V ')],
  ['MP4', 'ftyp of a fragmented file', box('ftyp', 'iso5')],
  ['MOV', 'ftyp qt', box('ftyp', 'qt  ')],
  ['MOV', 'moov first', box('moov', '')],
  ['MOV', 'mdat first', box('mdat', '')],
  ['MOV', 'wide first', box('wide', '')],
  ['3GP', 'ftyp 3gp4', box('ftyp', '3gp4')],
  ['3GP', 'ftyp 3g2a', box('ftyp', '3g2a')],
  ['AVI', 'RIFF', Buffer.from('RIFF\x10\0\0\0AVI LIST'.padEnd(64, '\0'), 'latin1')],
  ['AVI', 'OpenDML', Buffer.from('RIFF\x10\0\0\0AVIXLIST'.padEnd(64, '\0'), 'latin1')],
  ['WMV', 'ASF header', asf],
  ['WEBM', 'EBML webm', ebml('webm')],
  ['MKV', 'EBML matroska', ebml('matroska')],
] as const)('%s is known by %s', (format, _, bytes) => {
  expect(sniffContainer(bytes)).toBe(format);
});

test.each([
  ['nothing', ''],
  ['an HLS master', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://169.254.169.254/latest/meta-data/\n'],
  ['an HLS playlist', '#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n'],
  ['an HLS playlist with a byte order mark', '\ufeff#EXTM3U\n#EXTINF:10,\nhttp://10.0.0.1/\n'],
  [
    'a DASH manifest',
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>http://10.0.0.1/</BaseURL></MPD>',
  ],
  ['an SDP', 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=No Name\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n'],
  ['a concat list', "ffconcat version 1.0\nfile 'http://10.0.0.1/secret'\n"],
  ['a concat list without a head', "file '/etc/passwd'\nfile 'other.mp4'\n"],
  ['an image sequence', 'frame-%03d.png frame-%03d.png'],
  ['a subtitle', '1\n00:00:01,000 --> 00:00:02,000\nHello\n'],
  ['a web page', '<!doctype html><html><body><video src="x.mp4"></video></body></html>'],
  ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"><image href="http://10.0.0.1/"/></svg>'],
  ['a shell script', '#!/bin/sh\necho ftyp moov mdat RIFF AVI\n'],
  ['a PNG', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01'],
  ['a JPEG', '\xff\xd8\xff\xe0\0\x10JFIF\0\x01'],
  ['a GIF', 'GIF89a\x01\0\x01\0\x80\0\0'],
  ['a WAVE', 'RIFF\x10\0\0\0WAVEfmt '],
  ['a WebP', 'RIFF\x10\0\0\0WEBPVP8 '],
  ['an MP3', 'ID3\x04\0\0\0\0\0\0\0\0\0\0'],
  ['an Ogg', 'OggS\0\x02\0\0\0\0\0\0\0\0'],
  ['a ZIP', 'PK\x03\x04\x14\0\0\0\0\0\0\0\0\0'],
  ['a Flash video', 'FLV\x01\x05\0\0\0\x09\0\0\0\0'],
])('%s is no container we take, whatever its name', (_, text) => {
  expect(sniffContainer(Buffer.from(text, 'latin1'))).toBeNull();
});

test('a box type that stands anywhere else than first says nothing', () => {
  for (const at of [0, 1, 5, 8, 64]) {
    const bytes = Buffer.alloc(256, 'x');
    bytes.write('ftypisom', at, 'latin1');
    expect(sniffContainer(bytes), `at ${at}`).toBeNull();
  }
});

test('text is never taken for EBML, ASF or AVI, and any bytes get an answer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), (text) => {
      expect(['WEBM', 'MKV', 'WMV']).not.toContain(sniffContainer(Buffer.from(text)));
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => sniffContainer(bytes) !== undefined));
});

test('a head that was cut off before its mark is nothing', () => {
  for (const bytes of [box('ftyp', 'isom'), asf, ebml('webm')])
    for (let length = 0; length < 4; length += 1)
      expect(sniffContainer(bytes.subarray(0, length))).toBeNull();
  expect(sniffContainer(box('ftyp', 'isom').subarray(0, 11))).toBeNull();
  expect(sniffContainer(box('ftyp', 'isom').subarray(0, 12))).toBe('MP4');
});

test('it judges the view it is given, not the memory behind it', () => {
  const memory = Buffer.concat([Buffer.alloc(100, 'x'), box('ftyp', 'qt  ')]);
  expect(sniffContainer(memory.subarray(100))).toBe('MOV');
  expect(sniffContainer(new Uint8Array(memory.buffer, memory.byteOffset, 50))).toBeNull();
});

test('a type that comes after the bytes that are looked at does not count', () => {
  const far = Buffer.concat([ebml('matroska'), Buffer.alloc(SNIFF_BYTES), Buffer.from('webm')]);
  expect(sniffContainer(far)).toBe('MKV');
});
