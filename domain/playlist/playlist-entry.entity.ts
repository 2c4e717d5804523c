import { defineEntity, p } from '@mikro-orm/core';
import type { FailReason } from '../fail-reasons.ts';
import { newId } from '../identifiers.ts';

/** `PENDING` until unpacked, `ACCEPTED` with a video, `REFUSED` with a reason, `IGNORED` for what is no content. */
export const PLAYLIST_ENTRY_STATES = ['PENDING', 'ACCEPTED', 'REFUSED', 'IGNORED'] as const;

export type PlaylistEntryState = (typeof PLAYLIST_ENTRY_STATES)[number];

/** One entry of a playlist, in its place. */
const PlaylistEntrySchema = defineEntity({
  name: 'PlaylistEntry',
  tableName: 'playlist_entries',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    playlistId: p.uuid(),
    /** From 0, in the archive's own order. */
    position: p.integer(),
    /** Its name in the archive, as readable text. */
    name: p.text(),
    sizeBytes: p.bigint('number').nullable(),
    state: p.enum([...PLAYLIST_ENTRY_STATES]).default('PENDING'),
    failReason: p.text().$type<FailReason>().nullable(),
    /** Without a foreign key: a deleted video leaves its place. */
    videoId: p.uuid().nullable(),
    createdAt: p.datetime(6).onCreate(() => new Date()),
  },
  uniques: [{ name: 'playlist_entries_once', properties: ['playlistId', 'position'] }],
  indexes: [{ name: 'playlist_entries_video', properties: ['videoId'] }],
});

export class PlaylistEntry extends PlaylistEntrySchema.class {}
PlaylistEntrySchema.setClass(PlaylistEntry);
