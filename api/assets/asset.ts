import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';

const CONTENT_TYPES: { readonly [extension: string]: string } = {
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
};
/** Below this many bytes a packet is a packet. */
const WORTH_COMPRESSING_BYTES = 1400;

/** A file of ours or of a package, held in memory: there are few, and they never change while we run. */
export interface Asset {
  readonly etag: string;
  readonly contentType: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer> | null;
}

export async function readAsset(path: string): Promise<Asset> {
  const plain = new Uint8Array(await readFile(path));
  const contentType = CONTENT_TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  const compresses = contentType.startsWith('text/') && plain.byteLength > WORTH_COMPRESSING_BYTES;
  return {
    etag: createHash('sha256').update(plain).digest('base64url').slice(0, 16),
    contentType,
    plain,
    gzipped: compresses ? new Uint8Array(await promisify(gzip)(plain)) : null,
  };
}

/** Sends an asset whose URL holds its ETag or version, so that browsers may keep it for ever. */
export function sendAsset(c: Context<ApiEnvironment>, asset: Asset): Response {
  const takesGzip = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
  const zipped = takesGzip ? asset.gzipped : null;
  return c.body(zipped ?? asset.plain, 200, {
    'Content-Type': asset.contentType,
    'Cache-Control': 'public, max-age=31536000, immutable',
    ...(asset.gzipped && { Vary: 'Accept-Encoding' }),
    ...(zipped && { 'Content-Encoding': 'gzip' }),
  });
}
