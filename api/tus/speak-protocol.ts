import { type Locker, Server } from '@tus/server';
import type { SessionStore } from './session-store.ts';

/** For a request that has to make room, to end its reading. */
const DRAIN_MS = 50;

/** A refusal of the protocol's server itself. */
export class TusFault extends Error {
  override readonly name = 'TusFault';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message.trim());
    this.status = status;
  }
}

/**
 * Lets the protocol's server answer one request.
 *
 * @param id of the session: the one that the URL names, or the one that is made
 * @param onWhole called when the last byte was acknowledged, without the lock
 * Throws whatever verbs throw, TusFault.
 */
export async function speakTus(
  request: Request,
  { store, locker, id, maxSizeBytes, location, onWhole }: SpeakTus,
): Promise<Response> {
  let thrown: { readonly error: unknown } | undefined;
  const server = new Server({
    path: '/',
    datastore: store,
    locker,
    lockDrainTimeout: DRAIN_MS,
    maxSize: maxSizeBytes,
    namingFunction: () => id,
    getFileIdFromRequest: () => id,
    generateUrl: () => location,
    async onUploadFinish() {
      await onWhole();
      return {};
    },
    onResponseError(_request, error) {
      thrown = { error };
      return undefined;
    },
  });
  const answer = await server.handleWeb(request);
  if (thrown) throw faultOr(thrown.error);
  if (answer.status >= 400) throw new TusFault(answer.status, await answer.text());
  // Who may read an answer is decided in one place for the whole API.
  for (const name of [...answer.headers.keys()])
    if (name.startsWith('access-control-')) answer.headers.delete(name);
  answer.headers.set('Cache-Control', 'no-store');
  return answer;
}

interface SpeakTus {
  readonly store: SessionStore;
  readonly locker: Locker;
  readonly id: string;
  readonly maxSizeBytes: number;
  readonly location: string;
  readonly onWhole: () => Promise<void>;
}

function faultOr(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || !('status_code' in error)) return error;
  const { status_code: status, body } = error as { status_code: number; body?: unknown };
  return new TusFault(Number(status), String(body ?? ''));
}
