import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import {
  claimRequest,
  type RequestClaim,
  releaseRequest,
  renewClaim,
  settleRequest,
} from '#domain/access/idempotency.ts';
import type { Context as DomainContext } from '#domain/context.ts';
import { DomainError, type ErrorCode } from '#domain/errors.ts';

/** A POST that makes or changes one resource. */
export interface OnceOnly<First, Again> {
  /**
   * Does it. Runs at most once a key. What it throws, or answers with a status above 299, is not remembered. The status
   * is that of `answer` where it is a Response, else `status`, else 200.
   */
  run(): Promise<{ readonly resourceId: string; readonly answer: First; readonly status?: number }>;
  /**
   * Shows what an earlier request with the same key made: read, presented and signed anew, with the status of then; a
   * secret that was shown then is not shown again. Throws what reading the resource throws, so one that is gone is 404.
   */
  again(resourceId: string, status: number): Promise<Again>;
  /** What stands for the body where it is a stream that nobody may read twice. Default: its bytes. */
  readonly bodyHash?: string;
}

/** On the answer to a repetition. */
export const REPLAYED_HEADER = 'Idempotency-Replayed';
const HEADER = 'idempotency-key';
const KEY = /^[\x20-\x7e]{1,255}$/;
/** Renewals in a claim's life: two may be lost before it ends. */
const RENEWALS_PER_CLAIM = 3;

/** For the `request.headers` of a route that goes through `once`. */
export const IdempotencyHeaders = z.object({
  [HEADER]: z
    .string()
    .optional()
    .openapi({
      param: { name: HEADER, in: 'header' },
      description:
        'A text of your own, new for each new request, 1 to 255 printable ASCII characters. A repetition with the same key within 24 hours runs nothing: it is answered with the status of the first time, the resource as it is now, URLs signed anew, and `Idempotency-Replayed: true`. Refusals are not remembered.',
      example: '5f0c4e1e-upload-1',
    }),
});

/** What a route that goes through `once` may refuse beside its own refusals. */
export const IDEMPOTENCY_PROBLEMS = [
  'idempotency_in_progress',
  'idempotency_mismatch',
] as const satisfies ErrorCode[];

/**
 * Runs a POST at most once per `Idempotency-Key` of its owner (R17); without the header it just runs. The key is claimed
 * and committed before anything runs, so that two requests at the same moment cannot both do it. Whoever uploads by an
 * upload token shares the keys of the upload's owner.
 *
 * Throws DomainError `invalid_request` for a key that is none, `idempotency_mismatch`, `idempotency_in_progress`, and
 * whatever `run` and `again` throw.
 */
export async function once<First, Again = First>(
  c: Context<ApiEnvironment>,
  request: OnceOnly<First, Again>,
): Promise<First | Again> {
  const key = c.req.header(HEADER);
  const context = c.get('context');
  if (key === undefined || context.actor.kind === 'system') return (await request.run()).answer;
  refuseUnlessKey(key);
  const scope = { ownerId: context.actor.ownerId, method: c.req.method, route: c.get('route'), key };
  // Units of work of their own, in which nothing of the verb is pending.
  const claim = await claimRequest(context, scope, await hashOf(c, request.bodyHash));
  if ('token' in claim) return await runClaimed(context, claim, request);
  const answer = await request.again(claim.resourceId, claim.status);
  if (answer instanceof Response) answer.headers.set(REPLAYED_HEADER, 'true');
  else c.header(REPLAYED_HEADER, 'true');
  return answer;
}

async function runClaimed<First>(
  context: DomainContext,
  claim: RequestClaim,
  { run }: Pick<OnceOnly<First, unknown>, 'run'>,
): Promise<First> {
  const { log, settings } = context;
  const warn = (message: string) => (error: unknown) => log.warn({ err: error }, message);
  const renewal = setInterval(
    () => void renewClaim(context, claim).catch(warn('the claim of an Idempotency-Key was not renewed')),
    (settings.idempotencyClaimSeconds * 1000) / RENEWALS_PER_CLAIM,
  );
  try {
    const { resourceId, answer, status: said = 200 } = await run();
    const status = answer instanceof Response ? answer.status : said;
    // The work is done and its answer true, even where it could not be remembered: then the claim runs out.
    await (status <= 299
      ? settleRequest(context, claim, { status, resourceId })
      : releaseRequest(context, claim)
    ).catch(warn('the outcome of an Idempotency-Key was not kept'));
    return answer;
  } catch (error) {
    await releaseRequest(context, claim).catch(warn('an Idempotency-Key was not released'));
    throw error;
  } finally {
    clearInterval(renewal);
  }
}

function refuseUnlessKey(key: string): void {
  if (KEY.test(key)) return;
  const message = 'must have 1 to 255 printable ASCII characters';
  throw new DomainError('invalid_request', `Idempotency-Key ${message}`, {
    fields: [{ field: 'Idempotency-Key', message }],
  });
}

/** SHA-256, hex, over path, query and body: the same key may not mean another request. */
async function hashOf(c: Context<ApiEnvironment>, bodyHash: string | undefined): Promise<string> {
  const { pathname, search } = new URL(c.req.url);
  const hash = createHash('sha256').update(`${pathname}${search}\n`);
  return hash.update(bodyHash ?? new Uint8Array(await c.req.arrayBuffer())).digest('hex');
}
