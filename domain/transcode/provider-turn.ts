import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type {
  RemoteTranscoderName,
  TranscoderUnavailable,
  UnavailableCode,
} from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { dispatchWaiting } from './start-attempt.ts';

const WAIT_FIRST_SECONDS = 5;
/**
 * The longest wait between two trials. A minute for one that is away, so that all goes on within a minute of its return;
 * where people have to act, there is no hurry.
 */
const WAIT_MAX_SECONDS: Readonly<Record<UnavailableCode, number>> = {
  transcoder_unreachable: 60,
  transcoder_throttled: 60,
  transcoder_refused: 300,
};
/** What a provider may have us wait, whatever it asks for. */
const RETRY_AFTER_MAX_SECONDS = 3600;
/** How long a trial keeps its turn; one whose process died leaves it to the next. */
const TRIAL_SECONDS = 60;

/** What is asked of a provider: to take an order, or anything that a provider which takes none may still answer. */
export type Call = 'order' | 'question';

/**
 * `free`: nothing is known against such a call. `trial`: the provider was away, its wait is over, and the caller alone may
 * call, once. `blocked`: nobody calls.
 */
export type Turn = 'free' | 'trial' | 'blocked';

/** Asks for the permission to call a provider. Who is given a `trial` has to make the call and to tell its result. */
export async function takeTurn(
  { em, now }: Needs<'em' | 'now'>,
  provider: RemoteTranscoderName,
  call: Call,
): Promise<Turn> {
  const db = em.fork().getKysely();
  const { rows } = await sql<{ until: number; orders_only: boolean }>`
    select extract(epoch from blocked_until) * 1000 as until, orders_only from provider_standings
    where provider = ${provider}`.execute(db);
  const [standing] = rows;
  if (!standing || (standing.orders_only && call === 'question')) return 'free';
  if (Number(standing.until) > now().getTime()) return 'blocked';
  const { numAffectedRows } = await sql`
    update provider_standings set blocked_until = ${after(now(), TRIAL_SECONDS)}::timestamptz
    where provider = ${provider} and blocked_until <= ${after(now(), 0)}::timestamptz`.execute(db);
  return numAffectedRows === 1n ? 'trial' : 'blocked';
}

/** True while the provider is known to answer no questions. Takes no turn. */
export async function isAway({ em }: Needs<'em'>, provider: RemoteTranscoderName): Promise<boolean> {
  const { rows } = await sql`
    select 1 from provider_standings where provider = ${provider} and not orders_only`.execute(
    em.fork().getKysely(),
  );
  return rows.length > 0;
}

/** The provider has answered: after a trial everything that waited for it goes on. */
export async function providerAnswered(
  context: Needs<'em' | 'enqueue' | 'settings' | 'log' | 'now'>,
  provider: RemoteTranscoderName,
  turn: Turn,
): Promise<void> {
  if (turn !== 'trial') return;
  await transaction(context.em, async (tx) => {
    await tx.execute('delete from provider_standings where provider = ?', [provider]);
    await dispatchWaiting(context, tx);
  });
  context.log.info({ provider }, 'the transcoder answers again');
}

/**
 * The provider could not be asked: nobody asks it again before its wait is over, and then one does. The wait doubles with
 * each failed trial, or is what the provider asked for. Calls that were on their way together count as one failure. One
 * that takes no orders is still asked questions, and answering these does not say that it takes orders again.
 */
export async function providerUnavailable(
  { em, enqueue, log, now }: Needs<'em' | 'enqueue' | 'log' | 'now'>,
  provider: RemoteTranscoderName,
  { call, turn }: { call: Call; turn: Turn },
  error: TranscoderUnavailable,
): Promise<void> {
  const waitSeconds = await transaction(em, async (tx) => {
    const known = await lockStanding(tx, provider, now());
    const isWorse = known.orders_only && call === 'question';
    if (turn === 'free' && known.failures > 0 && !isWorse) return null;
    const failures = known.failures + 1;
    const seconds = waitOf(error, failures);
    const blockedUntil = after(now(), seconds);
    await tx.execute(
      `update provider_standings set failures = ?, blocked_until = ?, orders_only = ?, problem = ?, detail = ?,
         updated_at = ? where provider = ?`,
      [
        failures,
        blockedUntil,
        call === 'order',
        error.code,
        error.message.slice(0, 500),
        now().toISOString(),
        provider,
      ],
    );
    // Looks for whoever may trial it, since no event will tell that it is back.
    await enqueue(tx, 'reconcile', {}, { key: `reconcile:${provider}`, runAt: new Date(blockedUntil) });
    return seconds;
  });
  if (waitSeconds === null) return;
  log.warn(
    { provider, call, problem: error.code, detail: error.message, waitSeconds },
    'the transcoder is away',
  );
}

async function lockStanding(
  tx: EntityManager,
  provider: RemoteTranscoderName,
  now: Date,
): Promise<{ failures: number; orders_only: boolean }> {
  await tx.execute(
    `insert into provider_standings (provider, blocked_until, failures, down_since, updated_at)
     values (?, ?, 0, ?, ?) on conflict (provider) do nothing`,
    [provider, now.toISOString(), now.toISOString(), now.toISOString()],
  );
  const [row] = await tx.execute<{ failures: number; orders_only: boolean }[]>(
    'select failures, orders_only from provider_standings where provider = ? for update',
    [provider],
  );
  return row ?? { failures: 0, orders_only: false };
}

function waitOf({ code, retryAfterSeconds }: TranscoderUnavailable, failures: number): number {
  // "At once", or a moment that is over, says nothing about the next time.
  if (retryAfterSeconds !== null && retryAfterSeconds > 0)
    return Math.min(RETRY_AFTER_MAX_SECONDS, Math.max(1, retryAfterSeconds));
  return Math.min(WAIT_MAX_SECONDS[code], WAIT_FIRST_SECONDS * 2 ** Math.min(failures - 1, 20));
}

function after(now: Date, seconds: number): string {
  return new Date(now.getTime() + seconds * 1000).toISOString();
}
