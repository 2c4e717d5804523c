import { defineEntity, p } from '@mikro-orm/core';
import type { FailReason } from '../fail-reasons.ts';
import { newId } from '../identifiers.ts';
import { type VideoStatus, videoStates } from './video-states.ts';

const VideoSchema = defineEntity({
  name: 'Video',
  tableName: 'videos',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    ownerId: p.uuid(),
    title: p.text(),
    description: p.text().nullable(),
    /** Key, ETag and size switch only in the transaction that accepts a verified source (R9). */
    sourceFileKey: p.text().nullable(),
    sourceEtag: p.text().nullable(),
    sourceSizeBytes: p.bigint('number').nullable(),
    sourceMime: p.text().nullable(),
    durationSeconds: p.decimal('number').columnType('numeric(12,3)').nullable(),
    width: p.integer().nullable(),
    height: p.integer().nullable(),
    status: p.enum(videoStates.states as VideoStatus[]).default('DRAFT'),
    failReason: p.text().$type<FailReason>().nullable(),
    /** The version in the output path that players get; null until READY. */
    currentVersion: p.text().nullable(),
    masterAssetId: p.uuid().nullable(),
    /** Key of the poster, cut by the probe, before anything can be played. */
    posterKey: p.text().nullable(),
    metadata: p
      .json<Record<string, unknown>>()
      .onCreate(() => ({}))
      .defaultRaw(`'{}'`),
    playbackPolicy: p.text().default('public'),
    policy: p.text().default('mobile'),
    createdVia: p.text().default('mobile'),
    /**
     * The identity of the storage that holds all its objects; null for the one that the deployment had first. Set by
     * bootstrap/stamp-storage.ts at creation, where there are two, and by a move.
     */
    storage: p.text().nullable(),
    deletedAt: p.datetime(6).nullable(),
    /** From then on its objects go, and nothing brings it back (R13). */
    purgeBegunAt: p.datetime(6).nullable(),
    /** Counts every change of the row, by trigger; live updates compare it. */
    rowVersion: p.integer().default(1),
    createdAt: p.datetime(6).onCreate(() => new Date()),
    updatedAt: p
      .datetime(6)
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
  },
  indexes: [
    { name: 'videos_owner_created', properties: ['ownerId', 'createdAt', 'id'] },
    { name: 'videos_status_updated', properties: ['status', 'updatedAt'] },
  ],
});

export class Video extends VideoSchema.class {
  /**
   * Moves along the transition table. FAILED always carries a reason, nothing else does.
   * Throws DomainError `illegal_transition`.
   */
  moveTo(next: Exclude<VideoStatus, 'FAILED'>): void;
  moveTo(next: 'FAILED', reason: FailReason): void;
  moveTo(next: VideoStatus, reason?: FailReason): void {
    this.status = videoStates.next(this.status, next);
    this.failReason = next === 'FAILED' ? (reason ?? 'TRANSCODE_ERROR') : null;
  }
}
VideoSchema.setClass(Video);
