import { z } from '@hono/zod-openapi';
import { idCursor, pageCursor, pageLimit } from '#api/openapi/paging.ts';
import { FAIL_REASONS } from '#domain/fail-reasons.ts';
import { PLAYLIST_ENTRY_STATES } from '#domain/playlist/playlist-entry.entity.ts';
import { type PlaylistState, playlistStates } from '#domain/playlist/playlist-states.ts';
import { status } from '../dialects/mobile/video-schemas.ts';

const ENTRIES_LIMIT_MAX = 1000;
const ENTRIES_LIMIT_DEFAULT = 100;

const EXAMPLE = {
  id: '0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5',
  videoId: '0198f6a3-0b1c-7a10-8c1d-5e2b7a10aa01',
  createdAt: '2026-01-22T03:00:00.000Z',
  streamUrl: 'https://cdn.example.com/videos/0198f6a3/hls/9f86d081884c7d65/master.m3u8',
  posterUrl: 'https://cdn.example.com/videos/0198f6a3/poster/1b4f0e9851971998/poster.jpg',
} as const;

const state = z
  .enum(playlistStates.states as [PlaylistState, ...PlaylistState[]])
  .openapi('PlaylistState', { example: 'UNPACKED' });
const entryState = z.enum(PLAYLIST_ENTRY_STATES).openapi('PlaylistEntryState', { example: 'ACCEPTED' });
const failReason = z.enum(FAIL_REASONS).nullable().openapi({ example: null });

export const PlaylistParams = z.object({
  playlistId: z.uuid().openapi({ param: { name: 'playlistId', in: 'path' }, example: EXAMPLE.id }),
});

export const PlaylistQuery = z.strictObject({
  limit: pageLimit({ max: ENTRIES_LIMIT_MAX, byDefault: ENTRIES_LIMIT_DEFAULT }),
  cursor: pageCursor(),
  state: entryState.optional().openapi({ param: { name: 'state', in: 'query' } }),
});

export const PlaylistListQuery = z.strictObject({
  limit: pageLimit(),
  cursor: idCursor(),
  state: state.optional().openapi({ param: { name: 'state', in: 'query' } }),
});

const summary = {
  id: z.uuid().openapi({ example: EXAMPLE.id }),
  title: z.string().openapi({ example: 'Course' }),
  fileName: z.string().openapi({ description: 'As it was signed for.', example: 'course.zip' }),
  state,
  failReason,
  failDetail: z.string().nullable().openapi({ description: 'What was found, for people.', example: null }),
  createdAt: z.iso.datetime().openapi({ example: EXAMPLE.createdAt }),
};

const nextCursor = z.string().nullable().openapi({ description: 'Null on the last page.', example: null });
const count = z.int().nonnegative();

export const PlaylistBody = z
  .object({
    ...summary,
    counts: z
      .object({
        total: count,
        pending: count,
        accepted: count,
        refused: count,
        ignored: count,
        ready: count,
        failed: count,
      })
      .openapi({ description: 'Entries by state; accepted ones also by what became of their video.' }),
    videos: z.array(
      z
        .object({
          position: z.int().openapi({ description: 'From 0.', example: 0 }),
          name: z.string().openapi({ description: 'Its path in the ZIP.', example: 'week-1/intro.mp4' }),
          state: entryState,
          videoId: z.uuid().nullable().openapi({ example: EXAMPLE.videoId }),
          status: status.nullable().openapi({ description: 'Of the video.', example: 'READY' }),
          failReason,
          title: z.string().nullable().openapi({ example: 'intro' }),
          streamUrl: z.url().nullable().openapi({ example: EXAMPLE.streamUrl }),
          posterUrl: z.url().nullable().openapi({ example: EXAMPLE.posterUrl }),
          durationSeconds: z.number().nullable().openapi({ example: 62.5 }),
        })
        .openapi('PlaylistVideo'),
    ),
    nextCursor,
  })
  .openapi('Playlist');

export const PlaylistList = z
  .object({ items: z.array(z.object(summary).openapi('PlaylistListItem')), nextCursor })
  .openapi('PlaylistList');
