/** One POST to somebody else's server. */
export interface WebhookCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For all of it: name, connection, answer. */
  readonly timeoutSeconds: number;
  /** `anywhere` is for addresses that the operator chose; those of users get `public`. */
  readonly reach: 'public' | 'anywhere';
}

/** Why nobody answered, as a stable code. */
export type WebhookFailure = 'timeout' | 'refused' | 'dns' | 'tls' | 'forbidden_address' | 'connection';

/** What came of a call. A redirect is an answer like any other: it is never followed. */
export type WebhookOutcome =
  | {
      readonly status: number;
      /** Of `Retry-After`, where it was given; null otherwise. */
      readonly retryAfterSeconds: number | null;
      /** The first kilobytes as text, without control characters. */
      readonly excerpt: string;
    }
  /** `detail` is for the owner: it names no address that a name led to. */
  | { readonly failure: WebhookFailure; readonly detail: string };

/**
 * Calls addresses that users chose. Never reaches a private, loopback, link-local or otherwise special address, whatever
 * a name resolves to at the moment of the connection, unless the deployment allows its network.
 */
export interface WebhookSender {
  /** Why an address of a user may not be used at all, or null; looks at its form only, not at the DNS. */
  refusalOf(url: string): string | null;
  /** Never throws for what the receiver or the network does. */
  send(call: WebhookCall): Promise<WebhookOutcome>;
}
