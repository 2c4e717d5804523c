import type { FormatName } from '../upload/upload-policies.ts';

/** How many bytes from the start the judgement needs: two TS packets, or the head of an EBML document. */
export const SNIFF_BYTES = 4096;

const ASF_HEADER = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');
const EBML_MAGIC = Buffer.from('1a45dfa3', 'hex');
/** First boxes of QuickTime files that were written before `ftyp` existed. */
const OLD_QUICKTIME_BOXES = ['moov', 'mdat', 'wide', 'free', 'skip', 'pnot'];

/**
 * Which container the bytes are, whatever name or type they came with: FFmpeg is told the demuxer and never guesses,
 * since a playlist named .mp4 would make it fetch addresses of the sender's choice (R1).
 *
 * @param head the first bytes of the file, at most SNIFF_BYTES are looked at
 * @returns the format, or null for anything that is not one of the containers we know
 */
export function sniffContainer(head: Uint8Array): FormatName | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, SNIFF_BYTES));
  if (bytes.length < 12) return null;
  const boxType = bytes.toString('latin1', 4, 8);
  if (boxType === 'ftyp') return brandOf(bytes);
  if (OLD_QUICKTIME_BOXES.includes(boxType)) return 'MOV';
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 11) === 'AVI') return 'AVI';
  if (bytes.subarray(0, 16).equals(ASF_HEADER)) return 'WMV';
  if (bytes.subarray(0, 4).equals(EBML_MAGIC)) return bytes.includes('webm') ? 'WEBM' : 'MKV';
  return null;
}

/** ISO/IEC 14496-12 section 4.3: the major brand names the best use of the file. */
function brandOf(bytes: Buffer): FormatName {
  const brand = bytes.toString('latin1', 8, 12);
  if (brand === 'qt  ') return 'MOV';
  return brand.startsWith('3g') ? '3GP' : 'MP4';
}
