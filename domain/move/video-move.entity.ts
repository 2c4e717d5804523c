import { defineEntity, p } from '@mikro-orm/core';

export const MOVE_STATES = ['COPYING', 'SWITCHED', 'REMOVING'] as const;
export type MoveState = (typeof MOVE_STATES)[number];

/**
 * One video on its way from one storage to another. COPYING: it still lives in the source. SWITCHED: it lives in the
 * target, and the source keeps a copy for readers in the middle. REMOVING: that copy is being removed; then the row goes.
 * Outlives a deleted video, so that what was being copied is found and removed.
 */
const VideoMoveSchema = defineEntity({
  name: 'VideoMove',
  tableName: 'video_moves',
  properties: {
    videoId: p.uuid().primary(),
    /** Identities of the two storages. */
    source: p.text(),
    target: p.text(),
    state: p.enum([...MOVE_STATES]).default('COPYING'),
    /** Who works on it, and until when without a sign of life. */
    moverToken: p.uuid().nullable(),
    leaseUntil: p.datetime(6).nullable(),
    objects: p.integer().default(0),
    bytes: p.bigint('number').default(0),
    /** Why the last try failed, in a line for people. */
    problem: p.text().nullable(),
    switchedAt: p.datetime(6).nullable(),
    /** When the copy in the source may go; null for never. */
    removeAt: p.datetime(6).nullable(),
    createdAt: p.datetime(6).onCreate(() => new Date()),
  },
  indexes: [{ name: 'video_moves_remove', properties: ['state', 'removeAt'] }],
});

export class VideoMove extends VideoMoveSchema.class {}
VideoMoveSchema.setClass(VideoMove);
