import { sql } from 'kysely';
import { TranscodeFailure, type TranscoderName } from '#providers/transcoders/transcoder.ts';
import type { Needs, Transcoders } from '../context.ts';
import { DomainError } from '../errors.ts';
import { placeOf, transcodedPlace } from '../storages.ts';

/**
 * The transcoders that a video may be given to where it lives. One that works elsewhere was given the buckets of one
 * storage and no others: for a video in the other one FFmpeg does it. Every process says the same of a video, whichever
 * of the two it calls its own.
 */
export function transcodersInReach(
  { transcoders, storages }: Needs<'transcoders' | 'storages'>,
  storage: string | null | undefined,
): Pick<Transcoders, 'defaultName' | 'configured'> {
  if (placeOf(storages, storage) === transcodedPlace(storages)) return transcoders;
  return { defaultName: 'ffmpeg', configured: ['ffmpeg'] };
}

/** Throws DomainError `transcoder_unavailable` for one that somebody names and that will not be given this video. */
export function refuseUnlessInReach(
  context: Needs<'transcoders' | 'storages'>,
  storage: string | null | undefined,
  name: TranscoderName,
): void {
  if (!context.transcoders.configured.includes(name))
    throw new DomainError('transcoder_unavailable', `${name} is not set up in this deployment`);
  if (transcodersInReach(context, storage).configured.includes(name)) return;
  const { id } = placeOf(context.storages, storage);
  throw new DomainError(
    'transcoder_unavailable',
    `${name} does not reach ${id}, where this video lives: name ffmpeg, or move the video first`,
  );
}

/**
 * For an attempt that was begun before its video came to live elsewhere, or before the storages changed places. Nothing is
 * asked where there is one storage. Throws TranscodeFailure, which is final.
 */
export async function refuseOutOfReach(
  { em, storages }: Needs<'em' | 'storages'>,
  videoId: string,
): Promise<void> {
  if (!storages.second) return;
  const { rows } = await sql<{ storage: string | null }>`
    select storage from videos where id = ${videoId}::uuid`.execute(em.fork().getKysely());
  const place = placeOf(storages, rows[0]?.storage);
  if (place === transcodedPlace(storages)) return;
  const detail = `The video lives in ${place.id}, which only FFmpeg reaches; it can be moved or retried`;
  throw new TranscodeFailure('TRANSCODE_ERROR', detail, { isFinal: true });
}
