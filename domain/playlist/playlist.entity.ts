import { defineEntity, p } from '@mikro-orm/core';
import type { FailReason } from '../fail-reasons.ts';
import { newId } from '../identifiers.ts';
import { type PlaylistState, playlistStates } from './playlist-states.ts';

/** Videos that came together: the entries of an archive in its order, or one lone file. */
const PlaylistSchema = defineEntity({
  name: 'Playlist',
  tableName: 'playlists',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    ownerId: p.uuid(),
    title: p.text(),
    state: p.enum(playlistStates.states as PlaylistState[]).default('UPLOADING'),
    failReason: p.text().$type<FailReason>().nullable(),
    failDetail: p.text().nullable(),
    policy: p.text(),
    /** What its uploader called the file; asking again while UPLOADING signs the same key. */
    fileName: p.text(),
    /** Where the archive is; null for a lone file. */
    archiveKey: p.text().nullable(),
    archiveEtag: p.text().nullable(),
    archiveSizeBytes: p.bigint('number').nullable(),
    /** Who unpacks it, and until when: a worker that is killed is followed by another. */
    leaseToken: p.uuid().nullable(),
    leaseUntil: p.datetime(6).nullable(),
    nextCheckAt: p.datetime(6).nullable(),
    expiresAt: p.datetime(6),
    /** When every entry had ended, and its owner was told. Never twice. */
    announcedAt: p.datetime(6).nullable(),
    createdAt: p.datetime(6).onCreate(() => new Date()),
    updatedAt: p
      .datetime(6)
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
  },
  indexes: [
    { name: 'playlists_owner', properties: ['ownerId', 'createdAt', 'id'] },
    { name: 'playlists_due', properties: ['state', 'nextCheckAt'] },
  ],
});

export class Playlist extends PlaylistSchema.class {
  /** Moves along the transition table. Throws DomainError `illegal_transition`. */
  moveTo(next: Exclude<PlaylistState, 'FAILED'>): void;
  moveTo(next: 'FAILED', reason: FailReason): void;
  moveTo(next: PlaylistState, reason?: FailReason): void {
    this.state = playlistStates.next(this.state, next);
    if (reason !== undefined) this.failReason = reason;
  }
}
PlaylistSchema.setClass(Playlist);
