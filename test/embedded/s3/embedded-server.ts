import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { type EmbeddedS3, type EmbeddedS3Options, startEmbeddedS3 } from '#bootstrap/embedded/s3/server.ts';
import { BUCKET, KEYS } from './server-settings.ts';

export interface RunningServer {
  server: EmbeddedS3;
  dir: string;
  /** A client as the platform configures it. */
  s3: S3Client;
}

/** A server with one bucket in a directory of its own, until the test ends. */
export async function runServer(options: Partial<EmbeddedS3Options> = {}): Promise<RunningServer> {
  const dir = options.dir ?? (await temporaryDirectory());
  const server = await startEmbeddedS3({ dir, port: 0, keys: KEYS, buckets: [BUCKET], ...options });
  const s3 = clientOf(server.url);
  onTestFinished(async () => {
    s3.destroy();
    await server.close();
  });
  return { server, dir, s3 };
}

export async function temporaryDirectory(): Promise<string> {
  const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'embedded-s3-'));
  onTestFinished(() => fs.rm(dir, { recursive: true, force: true }));
  return dir;
}

/** `checksums`: as the SDK does by default, or only where S3 requires one. */
export function clientOf(endpoint: string, checksums: 'default' | 'required' = 'required'): S3Client {
  return new S3Client({
    endpoint,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: KEYS.local },
    maxAttempts: 1,
    ...(checksums === 'required' && {
      requestChecksumCalculation: 'WHEN_REQUIRED' as const,
      responseChecksumValidation: 'WHEN_REQUIRED' as const,
    }),
  });
}

/** The files that hold bytes. */
export function dataFiles(dir: string): Promise<string[]> {
  return fs.readdir(path.join(dir, 'data'));
}

/** The text of the first element of that name in an XML answer. */
export function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
