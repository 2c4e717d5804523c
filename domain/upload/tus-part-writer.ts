import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { SpooledPart, TusSpool } from '#providers/storage/tus-spool.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { tusRestKey } from '../storage-keys.ts';
import { commitTusBytes } from './tus-commit.ts';
import { joinTus } from './tus-finish.ts';
import type { UploadSession } from './upload-session.entity.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'settings' | 'enqueue' | 'metrics' | 'log' | 'now'>;

const REST_TYPE = 'application/octet-stream';

/** Cuts what arrives into parts and sees them stored, one while the next one arrives. */
export interface TusPartWriter {
  /** Takes up what did not fill a part the last time. Throws DomainError `upload_expired` when that is gone. */
  begin(): Promise<void>;
  write(chunk: Uint8Array): Promise<void>;
  /** Stores what is left over and acknowledges all. Resolves to the new offset, bytes. */
  finish(): Promise<number>;
  /** Gives back what it holds. Always to be called, once. */
  close(): Promise<void>;
}

/**
 * @param isHeldBack acknowledges nothing before `finish`: until then all may turn out to be wrong. Parts that were stored
 *   by then are overwritten by whatever comes next
 */
export function tusPartWriter(
  context: Context,
  {
    session,
    sizeBytes,
    spool,
    isHeldBack,
  }: { session: UploadSession; sizeBytes: number | null; spool: TusSpool; isHeldBack: boolean },
): TusPartWriter {
  const { storage, log, actor } = context;
  const { partSizeBytes, fileKey, providerUploadId } = session;
  const holder = 'ownerId' in actor ? actor.ownerId : undefined;
  const restKey = tusRestKey(session.videoId, session.id);
  const restBytes = session.bytesUploaded % partSizeBytes;
  let committedBytes = session.bytesUploaded;
  let receivedBytes = session.bytesUploaded;
  let part: SpooledPart | null = null;
  let sending: { readonly part: SpooledPart; readonly done: Promise<void> } | null = null;

  async function begin(): Promise<void> {
    if (restBytes === 0) return;
    part = await spool.open(partSizeBytes, holder);
    try {
      // A longer one is a later one whose acknowledgement was lost; it begins with the same bytes.
      const { body } = await storage.sources.get(restKey, { range: { start: 0, end: restBytes - 1 } });
      for await (const chunk of body) await part.append(chunk);
    } catch (error) {
      if (!isStorageError(error, 'object_not_found', 'range_not_satisfiable')) throw error;
      throw new DomainError('upload_expired', 'Storage has dropped this upload; start a new one', {
        cause: error,
      });
    }
    if (part.sizeBytes !== restBytes) throw new Error('storage gave fewer bytes than were kept for a part');
  }

  async function write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength; ) {
      part ??= await spool.open(partSizeBytes, holder);
      const piece = chunk.subarray(at, at + partSizeBytes - part.sizeBytes);
      await part.append(piece);
      at += piece.byteLength;
      receivedBytes += piece.byteLength;
      if (part.sizeBytes === partSizeBytes || receivedBytes === sizeBytes) await send();
    }
  }

  /** Sends the part that is full, as soon as the one before it is stored. */
  async function send(): Promise<void> {
    const full = part;
    if (!full) return;
    await sent();
    part = null;
    const toBytes = receivedBytes;
    const waits = isHeldBack || toBytes === sizeBytes;
    const done = store(full, Math.ceil(toBytes / partSizeBytes)).then(() =>
      waits ? undefined : commit(toBytes),
    );
    // Looked at with the next part, which may be a while.
    done.catch(() => undefined);
    sending = { part: full, done };
  }

  function store(full: SpooledPart, partNumber: number): Promise<void> {
    return spool.sending(async () => {
      await storage.sources.putPart(fileKey, providerUploadId, partNumber, await full.bytes());
    });
  }

  async function sent(): Promise<void> {
    const current = sending;
    if (!current) return;
    try {
      await current.done;
    } finally {
      sending = null;
      await current.part.drop();
    }
  }

  async function commit(toBytes: number): Promise<void> {
    const status = await commitTusBytes(context, session, { fromBytes: committedBytes, toBytes });
    committedBytes = toBytes;
    // Kept is kept; but whoever paused an upload does not want it to go on.
    if (status === 'PAUSED') throw new DomainError('upload_paused', 'This upload is paused; resume it first');
  }

  async function finish(): Promise<number> {
    const isLast = receivedBytes === sizeBytes;
    if (isLast) await send();
    await sent();
    if (part && receivedBytes > session.bytesUploaded) {
      const rest = part;
      await spool.sending(async () => {
        await storage.sources.put(restKey, await rest.bytes(), { contentType: REST_TYPE });
      });
    }
    if (isLast) await joinTus(context, session);
    if (receivedBytes !== committedBytes || isLast) await commit(receivedBytes);
    if (isLast) await dropRest();
    return receivedBytes;
  }

  async function dropRest(): Promise<void> {
    await storage.sources
      .deleteMany([restKey])
      .catch((err: unknown) => log.warn({ err, sessionId: session.id }, 'rest of an upload not removed'));
  }

  async function close(): Promise<void> {
    await sent().catch(() => undefined);
    await part?.drop();
    part = null;
  }

  return { begin, write, finish, close };
}
