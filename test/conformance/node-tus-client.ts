import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FileUrlStorage, Upload, type UploadOptions } from 'tus-js-client';
import { waitFor } from '#test/support/conditions.ts';
import type { ClientEnd, ForeignClient, StartOptions } from './foreign-client.ts';
import type { SourceFile } from './source-file.ts';

// The package exports it, its types leave it out.
declare module 'tus-js-client' {
  interface FileUrlStorage extends UrlStorage {}
  class FileUrlStorage {
    constructor(path: string);
  }
}

/** tus-js-client as a program in Node uses it: the file from disk, what it remembers in a file of its own. */
export async function nodeTusClient(file: SourceFile): Promise<ForeignClient> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-tus-'));
  let end: ClientEnd | null = null;
  let upload: Upload | undefined;

  const uploadWith = (options: UploadOptions) =>
    new Upload(createReadStream(file.path), {
      ...options,
      uploadSize: file.bytes.byteLength,
      urlStorage: new FileUrlStorage(path.join(folder, 'uploads.json')),
      onSuccess() {
        end = { outcome: 'done', message: '' };
      },
      onError(error) {
        end = { outcome: 'failed', message: error.message };
      },
    });

  return {
    async start({ plugin, findPrevious = false }: StartOptions) {
      upload = uploadWith(plugin);
      const [previous] = findPrevious ? await upload.findPreviousUploads() : [];
      if (previous) upload.resumeFromPreviousUpload(previous);
      upload.start();
    },
    ended: () => waitFor('tus-js-client to end', async () => end ?? false, { timeoutMs: 30_000 }),
    isBusy: async () => end === null,
    pause: async () => upload?.abort(),
    resume: async () => upload?.start(),
    async retry() {
      end = null;
      upload?.start();
    },
    async restart() {
      await upload?.abort();
      upload = undefined;
    },
    // It knows no time-outs, and Node's clock is not its own.
    passSeconds: async () => undefined,
    setOffline: async () => undefined,
    seesOffline: async () => false,
    async [Symbol.asyncDispose]() {
      await upload?.abort();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
