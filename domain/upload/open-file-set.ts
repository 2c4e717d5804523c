import { posix } from 'node:path';
import type { SignedUrl } from '#providers/storage/object-store.ts';
import { countUpload } from '../access/limit-uploads.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { deleteVideo } from '../video/delete-video.ts';
import { getVideo } from '../video/get-video.ts';
import { acceptSource, policyNamed } from './accept-source.ts';
import { liveSession } from './live-session.ts';
import { openSet, SET_POLICY } from './open-set.ts';
import { openSinglePut, type SinglePut, signSinglePut } from './open-single-put.ts';
import { fileFinder, isPartOf, type NamedFile, planSet, SET_FILES_MAX, splitFiles } from './set-files.ts';
import { MASTER_NAME, publishedPath } from './set-version.ts';
import { signSet } from './sign-set.ts';
import { UploadSession } from './upload-session.entity.ts';

type Context = Needs<
  'em' | 'actor' | 'storage' | 'delivery' | 'settings' | 'enqueue' | 'metrics' | 'log' | 'now'
>;

/** A file of the request, with the URL that stores it. */
export interface OpenedFile {
  readonly path: string;
  readonly videoId: string;
  readonly sessionId: string;
  readonly storageKey: string;
  readonly signed: SignedUrl;
  /** Under which name the current version has it: for a video of its own, the master that will be made of it. */
  readonly publishedPath: string;
}

const TITLE_LENGTH_MAX = 200;
const UNTITLED_SET = 'HLS set';

/**
 * Opens all that a request names: each video file is a video of its own, and the HLS files together are one. Everything
 * or nothing: what was opened is deleted again when the rest is refused.
 *
 * @param videoId the HLS files become this video's next version; while its set is still coming in, the same files are
 *   signed again, all of them or some
 * @returns the files in their order
 * Throws DomainError: what `splitFiles`, `planSet`, `openSinglePut` and `openSet` refuse, `too_many_set_files`.
 */
export async function openFileSet(
  context: Context,
  { files, videoId }: { files: readonly NamedFile[]; videoId: string | null },
): Promise<OpenedFile[]> {
  if (files.length > SET_FILES_MAX) {
    const message = `${files.length} files; at most ${SET_FILES_MAX} are taken at once`;
    throw new DomainError('too_many_set_files', message, { fields: [{ field: 'files', message }] });
  }
  if (videoId !== null) {
    const standing = await standingSet(context, videoId);
    if (standing && isPartOf(asStanding(standing), files))
      return signAgain(context, { files, sessions: [standing] });
  }
  const policy = policyNamed(context.settings.policies, SET_POLICY);
  const { videos, set } = splitFiles(files, policy);
  refuseVideosOf(videoId, videos);
  const planned = set.length > 0 ? planSet(files, set, policy) : null;
  for (const place of videos) {
    const { path, contentType, sizeBytes } = fileAt(files, place);
    acceptSource(policy, { mimeType: contentType, sizeBytes, fileName: path }, fieldsOf(place));
  }
  await refuseUnlessRoom(context, videos.length + (planned ? 1 : 0));
  const opened: SinglePut[] = [];
  try {
    for (const place of videos) opened.push(await openVideo(context, files, place));
    const session =
      planned && (await openSet(context, { set: planned, title: titleOfSet(planned.masterPath), videoId }));
    return await present(context, { files, puts: opened, set: session });
  } catch (error) {
    for (const { video } of opened) await deleteVideo(context, { videoId: video.id });
    throw error;
  }
}

/**
 * The same request again: what it opened is signed anew. Throws DomainError as `signSinglePut` and `signSet`.
 *
 * @param sessionIds as `openFileSet` answered them, each once, in their order
 */
export async function signFileSet(
  context: Context,
  { files, sessionIds }: { files: readonly NamedFile[]; sessionIds: readonly string[] },
): Promise<OpenedFile[]> {
  const found = await context.em.fork().find(UploadSession, { id: { $in: [...sessionIds] } });
  const sessions = sessionIds.flatMap((id) => found.find((session) => session.id === id) ?? []);
  return signAgain(context, { files, sessions });
}

async function signAgain(
  context: Context,
  { files, sessions }: { files: readonly NamedFile[]; sessions: readonly UploadSession[] },
): Promise<OpenedFile[]> {
  const puts: SinglePut[] = [];
  for (const { id, provider } of sessions)
    if (provider === 'S3_PUT') puts.push(await signSinglePut(context, { sessionId: id }));
  const set = sessions.find(({ provider }) => provider === 'S3_SET') ?? null;
  return present(context, { files, puts, set });
}

async function standingSet(context: Context, videoId: string): Promise<UploadSession | null> {
  await getVideo(context, { videoId });
  const live = await liveSession(context.em.fork(), videoId);
  return live?.provider === 'S3_SET' && live.expiresAt > context.now() ? live : null;
}

function asStanding({ fileName, setFiles }: UploadSession) {
  return { masterPath: fileName ?? '', files: setFiles ?? [] };
}

/** Each file with its URL, in the order of the request: those of the set by their path, the others one after the other. */
async function present(
  context: Context,
  opened: { files: readonly NamedFile[]; puts: readonly SinglePut[]; set: UploadSession | null },
): Promise<OpenedFile[]> {
  const { files, puts, set } = opened;
  const find = set && fileFinder(asStanding(set));
  const inSet = files.map((file) => find?.(file)?.path ?? null);
  const paths = inSet.filter((path) => path !== null);
  const signedSet = set && (await signSet(context, { sessionId: set.id, paths }));
  const masterPath = posix.basename(set?.fileName ?? '');
  const ofSet = new Map((signedSet?.files ?? []).map((file) => [file.path, file]));
  const waiting = [...puts];
  return files.flatMap(({ path }, place): OpenedFile[] => {
    const setPath = inSet[place] ?? null;
    const file = setPath === null ? undefined : ofSet.get(setPath);
    if (signedSet && file) {
      const { videoId, sessionId } = signedSet;
      const published = publishedPath({ masterPath }, file.path);
      return [{ ...file, path, videoId, sessionId, publishedPath: published }];
    }
    const put = waiting.shift();
    if (!put) return [];
    const { video, sessionId, storageKey, signed } = put;
    return [{ path, videoId: video.id, sessionId, storageKey, signed, publishedPath: MASTER_NAME }];
  });
}

function fileAt(files: readonly NamedFile[], place: number): NamedFile {
  const file = files[place];
  if (!file) throw new Error(`There is no file ${place}`);
  return file;
}

function fieldsOf(place: number) {
  return { type: `files[${place}].contentType`, size: `files[${place}].size` };
}

function openVideo(context: Context, files: readonly NamedFile[], place: number): Promise<SinglePut> {
  const { path, contentType, sizeBytes } = fileAt(files, place);
  const fileName = posix.basename(path);
  return openSinglePut(context, {
    title: posix.parse(fileName).name.slice(0, TITLE_LENGTH_MAX),
    fileName,
    contentType,
    ...(sizeBytes !== null && { sizeBytes }),
    createdVia: SET_POLICY,
    fields: fieldsOf(place),
  });
}

function titleOfSet(masterPath: string): string {
  return posix.basename(posix.dirname(masterPath)).replace(/^\.$/, UNTITLED_SET).slice(0, TITLE_LENGTH_MAX);
}

function refuseVideosOf(videoId: string | null, videos: readonly number[]): void {
  const [place] = videos;
  if (videoId === null || place === undefined) return;
  const message = 'is a video of its own; `videoId` goes with the files of one HLS set';
  throw new DomainError('invalid_request', message, { fields: [{ field: `files[${place}].path`, message }] });
}

/** Takes what was counted back: it was only to be seen whether there is room. */
class TakenBack extends Error {}

/** Refuses before anything is opened when the hour has no room for all of it. Throws DomainError `rate_limited`. */
async function refuseUnlessRoom({ em, actor, settings, now }: Context, starts: number): Promise<void> {
  if (actor.kind !== 'user') throw new DomainError('forbidden', 'Only an owner can upload');
  const { ownerId } = actor;
  const policy = policyNamed(settings.policies, SET_POLICY);
  if (policy.uploadsPerHour !== null && starts > policy.uploadsPerHour) {
    const message = `they are ${starts} uploads; at most ${policy.uploadsPerHour} an hour may be begun`;
    throw new DomainError('invalid_request', message, { fields: [{ field: 'files', message }] });
  }
  await transaction(em, async (tx) => {
    for (let start = 1; start <= starts; start += 1) {
      await countUpload(tx, { ownerId, policyName: SET_POLICY, policy, now: now() });
      await tx.flush();
    }
    throw new TakenBack();
  }).catch((error: unknown) => {
    if (!(error instanceof TakenBack)) throw error;
  });
}
