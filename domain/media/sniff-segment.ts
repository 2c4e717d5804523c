/** How many bytes from the start tell what a file of a stream is: two packets of a transport stream and a byte. */
export const SEGMENT_SNIFF_BYTES = 377;

const TS_PACKET_BYTES = 188;
const TS_SYNC = 0x47;

/** Boxes that a file of fragmented MP4 begins with (ISO/IEC 14496-12, ISO/IEC 23000-19): the index, or media. */
const FIRST_BOXES = ['ftyp', 'styp', 'moov', 'moof', 'sidx', 'emsg', 'prft', 'free', 'skip', 'uuid'];

/**
 * Whether the bytes are what the extension promises. A page or a script under the name of a segment would stop every
 * player, and some browser might show it.
 *
 * @param extension lower case, without the dot
 * @param head the first bytes of the file, SEGMENT_SNIFF_BYTES of them where it has so many
 */
export function isSegment(extension: string, head: Uint8Array): boolean {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  return Object.hasOwn(SNIFFERS, extension) && SNIFFERS[extension]?.(bytes) === true;
}

const isMp4 = (bytes: Buffer) => FIRST_BOXES.includes(bytes.toString('latin1', 4, 8));

const SNIFFERS: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  m4s: isMp4,
  mp4: isMp4,
  ts: (bytes) =>
    bytes.length >= TS_PACKET_BYTES &&
    [0, TS_PACKET_BYTES, 2 * TS_PACKET_BYTES].every((at) => at >= bytes.length || bytes[at] === TS_SYNC),
  // Packed audio begins with an ID3 tag (RFC 8216 section 3.4); some encoders leave it out, and ADTS comes first.
  aac: (bytes) =>
    bytes.length >= 3 &&
    (bytes.toString('latin1', 0, 3) === 'ID3' || (bytes.readUInt16BE(0) & 0xfff6) === 0xfff0),
  vtt: (bytes) => /^(?:\u00ef\u00bb\u00bf)?WEBVTT(?:[ \t\r\n]|$)/.test(bytes.toString('latin1', 0, 16)),
  jpg: (bytes) => bytes.toString('hex', 0, 3) === 'ffd8ff',
};
