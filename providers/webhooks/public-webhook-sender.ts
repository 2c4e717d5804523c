import type { LookupAddress } from 'node:dns';
import { addressRules, literalOf } from './address-rules.ts';
import { postOnce } from './post-once.ts';
import { type ResolveHost, resolveAsSystem, resolvePublic } from './resolve-host.ts';
import type { WebhookCall, WebhookOutcome, WebhookSender } from './webhook-sender.ts';

export interface PublicWebhookSenderOptions {
  /** Networks in CIDR that may be called although they are not public. */
  readonly allowedNetworks: readonly string[];
  /** Looks names up; by default the name servers, or the system where inside networks are allowed. */
  readonly resolve?: ResolveHost;
  /** Authorities instead of those of Node, PEM. */
  readonly caCertificates?: readonly string[];
}

/**
 * A sender that looks each name up itself, keeps the addresses that the rules permit, and connects to those only: what a
 * name server says a moment later changes nothing.
 */
export function publicWebhookSender(options: PublicWebhookSenderOptions): WebhookSender {
  const { allowedNetworks, caCertificates } = options;
  const rules = addressRules(allowedNetworks);
  const resolve = options.resolve ?? (allowedNetworks.length > 0 ? resolveAsSystem : resolvePublic);
  return {
    refusalOf: rules.refusalOf,
    async send(call) {
      const signal = AbortSignal.timeout(call.timeoutSeconds * 1000);
      const found = await addressesOf(call, signal);
      if (!Array.isArray(found)) return found;
      return postOnce({ url: new URL(call.url), call, addresses: found, caCertificates, signal });
    },
  };

  async function addressesOf(
    { url: text, reach }: WebhookCall,
    signal: AbortSignal,
  ): Promise<LookupAddress[] | WebhookOutcome> {
    const url = URL.parse(text);
    if (url === null) return { failure: 'forbidden_address', detail: 'This is no URL' };
    const refusal = reach === 'public' ? rules.refusalOf(text) : null;
    if (refusal !== null) return { failure: 'forbidden_address', detail: refusal };
    const literal = literalOf(url);
    const all = literal
      ? [{ address: literal, family: literal.includes(':') ? 6 : 4 }]
      : await inTime((reach === 'public' ? resolve : resolveAsSystem)(url.hostname), signal);
    if (!Array.isArray(all)) return all;
    const permitted = all.filter(({ address }) => reach === 'anywhere' || rules.permits(address, url));
    if (permitted.length > 0) return permitted;
    return { failure: 'forbidden_address', detail: 'The name leads to no public address' };
  }
}

/** The addresses, or why there are none. */
async function inTime(
  looking: Promise<LookupAddress[]>,
  signal: AbortSignal,
): Promise<LookupAddress[] | WebhookOutcome> {
  const { promise: timeUp, resolve } = Promise.withResolvers<WebhookOutcome>();
  const late = () => resolve({ failure: 'timeout', detail: 'The name could not be looked up in time' });
  signal.addEventListener('abort', late, { once: true });
  try {
    return await Promise.race([looking, timeUp]);
  } catch {
    return { failure: 'dns', detail: 'The name has no address' };
  } finally {
    signal.removeEventListener('abort', late);
  }
}
