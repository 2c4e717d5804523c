import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { S3Error } from './s3-error.ts';

/** A digest being computed; `digest` gives base64 of the big-endian value, as S3's headers carry it. */
export interface RunningChecksum {
  update(bytes: Uint8Array): void;
  digest(): string;
}

export interface Checksum {
  algorithm: ChecksumAlgorithm;
  /** base64 */
  value: string;
}

const ALGORITHMS = {
  crc32: { bytes: 4, start: runningCrc32 },
  crc32c: { bytes: 4, start: runningCrc32c },
  crc64nvme: { bytes: 8, start: runningCrc64Nvme },
  sha1: { bytes: 20, start: () => runningHash('sha1') },
  sha256: { bytes: 32, start: () => runningHash('sha256') },
} as const satisfies Record<string, { bytes: number; start: () => RunningChecksum }>;

export type ChecksumAlgorithm = keyof typeof ALGORITHMS;

const HEADER_PREFIX = 'x-amz-checksum-';
/** These share the prefix and name no value. */
const NOT_A_VALUE = new Set(['x-amz-checksum-algorithm', 'x-amz-checksum-mode', 'x-amz-checksum-type']);

export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  return ALGORITHMS[algorithm].start();
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return HEADER_PREFIX + algorithm;
}

/** The algorithm that a header such as `x-amz-checksum-crc32` names; InvalidRequest for one that is not supported. */
export function algorithmOfHeader(name: string): ChecksumAlgorithm {
  const algorithm = name.slice(HEADER_PREFIX.length);
  if (!name.startsWith(HEADER_PREFIX) || !isAlgorithm(algorithm))
    throw new S3Error('InvalidRequest', `The checksum ${name} is not supported here.`);
  return algorithm;
}

/** The one checksum a request declares in its headers; undefined without. */
export function declaredChecksum(headers: ReadonlyMap<string, string>): Checksum | undefined {
  const names = [...headers.keys()].filter(isChecksumValue);
  const [name] = names;
  if (name === undefined) return undefined;
  if (names.length > 1) throw new S3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header.');
  return checkedChecksum(name, headers.get(name) ?? '');
}

/** The same headers without any checksum's value. */
export function withoutChecksums(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...headers].filter(([name]) => !isChecksumValue(name)));
}

/** A checksum from a header or trailer; InvalidRequest when the value cannot be one of that algorithm. */
export function checkedChecksum(name: string, value: string): Checksum {
  const algorithm = algorithmOfHeader(name);
  if (Buffer.from(value, 'base64').length !== ALGORITHMS[algorithm].bytes)
    throw new S3Error('InvalidRequest', `Value for ${name} header is invalid.`);
  return { algorithm, value };
}

function isChecksumValue(name: string): boolean {
  return name.startsWith(HEADER_PREFIX) && !NOT_A_VALUE.has(name);
}

function isAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(ALGORITHMS, name);
}

function runningHash(name: 'sha1' | 'sha256'): RunningChecksum {
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('base64') };
}

function runningCrc32(): RunningChecksum {
  let value = 0;
  return {
    update: (bytes) => {
      value = crc32(bytes, value);
    },
    digest: () => base64OfWords(value),
  };
}

/** CRC-32C (Castagnoli), reflected polynomial 0x82F63B78. */
function runningCrc32c(): RunningChecksum {
  const table = crcTable(0n, 0x82f63b78n).low;
  let value = 0xffffffff;
  return {
    update: (bytes) => {
      let crc = value;
      for (const byte of bytes) crc = ((table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)) >>> 0;
      value = crc;
    },
    digest: () => base64OfWords(~value),
  };
}

/** CRC-64/NVME, reflected polynomial 0x9A6C9329AC4BC9B5, in two 32-bit halves because BigInt is 50 times slower. */
function runningCrc64Nvme(): RunningChecksum {
  const table = crcTable(0x9a6c9329n, 0xac4bc9b5n);
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update: (bytes) => {
      for (const byte of bytes) {
        const index = (low ^ byte) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (table.low[index] ?? 0);
        high = (high >>> 8) ^ (table.high[index] ?? 0);
      }
    },
    digest: () => base64OfWords(~high, ~low),
  };
}

function crcTable(polynomialHigh: bigint, polynomialLow: bigint): { high: Uint32Array; low: Uint32Array } {
  const polynomial = (polynomialHigh << 32n) | polynomialLow;
  const table = { high: new Uint32Array(256), low: new Uint32Array(256) };
  for (let index = 0; index < 256; index++) {
    let value = BigInt(index);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    table.high[index] = Number(value >> 32n);
    table.low[index] = Number(value & 0xffffffffn);
  }
  return table;
}

function base64OfWords(...words: number[]): string {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => {
    bytes.writeUInt32BE(word >>> 0, index * 4);
  });
  return bytes.toString('base64');
}
