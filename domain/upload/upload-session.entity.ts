import { defineEntity, p } from '@mikro-orm/core';
import type { StoredPart } from '#providers/storage/object-store.ts';
import { newId } from '../identifiers.ts';
import {
  LIVE_SESSION_STATES,
  type UploadSessionStatus,
  uploadSessionStates,
} from './upload-session-states.ts';

/**
 * Who brings the bytes: parts by signed URLs (or through us, for a raw body and for entries of an archive), one signed
 * PUT to a staging key, the TUS server, or a ready-made HLS set by one signed PUT a file.
 */
export const UPLOAD_PROVIDERS = ['S3_MULTIPART', 'S3_PUT', 'TUS', 'S3_SET'] as const;

/** One file of a ready-made HLS set, by its path in the set. */
export interface SetFile {
  readonly path: string;
  readonly contentType: string;
  readonly sizeBytes: number | null;
}

const UploadSessionSchema = defineEntity({
  name: 'UploadSession',
  tableName: 'upload_sessions',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    videoId: p.uuid(),
    provider: p.enum([...UPLOAD_PROVIDERS]).default('S3_MULTIPART'),
    providerUploadId: p.text(),
    status: p.enum(uploadSessionStates.states as UploadSessionStatus[]).default('INITIATED'),
    bytesUploaded: p.bigint('number').default(0),
    /** Where the bytes go. Belongs to this session alone (R9). */
    fileKey: p.text(),
    /** Null while a client has not said how much it will send. */
    sizeBytes: p.bigint('number').nullable(),
    mime: p.text(),
    /** Pinned at create: a client that resumes elsewhere cuts the same parts. */
    partSizeBytes: p.bigint('number'),
    policy: p.text().default('mobile'),
    /** Where the client PUTs a whole object; completion copies it to `fileKey` (R11). Null for parts. */
    stagingKey: p.text().nullable(),
    /** What a signed PUT has to send as its type; null binds nothing, as where a client never named one. */
    contentType: p.text().nullable(),
    /** The files of an HLS set. */
    setFiles: p.json<SetFile[]>().nullable(),
    /** What the uploader called the file. */
    fileName: p.text().nullable(),
    fingerprint: p.text().nullable(),
    /** SHA-256 of the upload token, hex (R16). */
    tokenHash: p.text().nullable(),
    expiresAt: p.datetime(6),
    /** When a URL was signed last; storage is asked two minutes after it (R22). */
    lastSignedAt: p.datetime(6).nullable(),
    /** Until then somebody is completing this session (R10). */
    completingUntil: p.datetime(6).nullable(),
    completingToken: p.uuid().nullable(),
    /** When storage may be asked again about this session (R22). */
    nextCheckAt: p.datetime(6).nullable(),
    storedParts: p.json<StoredPart[]>().nullable(),
    storedPartsAt: p.datetime(6).nullable(),
    createdAt: p.datetime(6).onCreate(() => new Date()),
    updatedAt: p
      .datetime(6)
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
  },
  indexes: [
    { name: 'upload_sessions_video', properties: ['videoId'] },
    { name: 'upload_sessions_token', properties: ['tokenHash'] },
    { name: 'upload_sessions_fingerprint', properties: ['fingerprint'] },
  ],
});

export class UploadSession extends UploadSessionSchema.class {
  /** Moves along the transition table. Throws DomainError `illegal_transition`. */
  moveTo(next: UploadSessionStatus): void {
    this.status = uploadSessionStates.next(this.status, next);
  }

  /** True while it can still receive parts. */
  isLive(): boolean {
    return (LIVE_SESSION_STATES as readonly string[]).includes(this.status);
  }

  /** True while a completion is claimed by somebody who may still be alive. */
  isCompleting(now: Date): boolean {
    return this.completingUntil != null && this.completingUntil > now;
  }
}
UploadSessionSchema.setClass(UploadSession);
