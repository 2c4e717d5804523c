/** One POST to somebody else's server. */
export interface WebhookCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutSeconds: number;
}

/** Why nobody answered, as a stable code. */
export type WebhookFailure =
  | 'timeout'
  | 'refused'
  | 'dns'
  | 'tls'
  | 'forbidden_address'
  | 'connection'
  | 'redirect';

/** What came of a call. A redirect is not followed: it counts as a failure. */
export type WebhookOutcome =
  | {
      readonly status: number;
      /** Of `Retry-After`, where it was given; null otherwise. */
      readonly retryAfterSeconds: number | null;
      /** The first kilobyte as text. */
      readonly excerpt: string;
    }
  | { readonly failure: WebhookFailure; readonly detail: string };

/**
 * Calls addresses that users chose. Never reaches a private, loopback, link-local or otherwise special address, whatever
 * a name resolves to at the moment of the connection, unless the deployment allows its network.
 */
export interface WebhookSender {
  /** Why an address may not be used at all, or null; looks at its form only, not at the DNS. */
  refusalOf(url: string): string | null;
  /** Never throws for what the receiver or the network does. */
  send(call: WebhookCall): Promise<WebhookOutcome>;
}
