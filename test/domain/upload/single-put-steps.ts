import { randomUUID } from 'node:crypto';
import { type OpenSinglePut, openSinglePut } from '#domain/upload/open-single-put.ts';
import { bytesOf } from '../part-bytes.ts';
import type { Stage } from '../stage.ts';

export const PUT_SIZE_BYTES = 4000;

export interface OpenedPut {
  readonly ownerId: string;
  readonly videoId: string;
  readonly sessionId: string;
  readonly url: string;
  readonly stagingKey: string;
  /** Where completion copies to. */
  readonly fileKey: string;
}

/** A video with one signed PUT, as the `direct` contract makes it. */
export async function openedPut(stage: Stage, input: Partial<OpenSinglePut> = {}): Promise<OpenedPut> {
  const ownerId = randomUUID();
  const opened = await openSinglePut(stage.as(ownerId), {
    title: 'Tour',
    fileName: 'tour.mp4',
    contentType: 'video/mp4',
    createdVia: 'learning',
    ...input,
  });
  const { file_key: fileKey } = await stage.row<{ file_key: string }>('upload_sessions', opened.sessionId);
  return {
    ownerId,
    videoId: opened.video.id,
    sessionId: opened.sessionId,
    url: opened.signed.url,
    stagingKey: opened.storageKey,
    fileKey,
  };
}

/** PUTs a whole file as a client does; answers how storage took it. */
export async function putFile(
  url: string,
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(bytesOf(1, PUT_SIZE_BYTES)),
  contentType: string | null = 'video/mp4',
): Promise<number> {
  const headers: Record<string, string> = contentType === null ? {} : { 'content-type': contentType };
  const response = await fetch(url, { method: 'PUT', body: bytes, headers });
  await response.arrayBuffer();
  return response.status;
}

/** As `openedPut`, with the file in its staging key. */
export async function sentPut(
  stage: Stage,
  input: Partial<OpenSinglePut> = {},
  bytes?: Uint8Array<ArrayBuffer>,
): Promise<OpenedPut> {
  const opened = await openedPut(stage, input);
  const status = await putFile(opened.url, bytes);
  if (status !== 200) throw new Error(`PUT answered ${status}`);
  return opened;
}
