import type { CoconutJob } from './job-request.ts';

/** Which account is called, and where. An account belongs to one region, so both go together. */
export interface CoconutAccount {
  readonly apiKey: string;
  /** Up to `/v2`, without a slash at the end. */
  readonly endpoint: string;
}

export type CoconutRequest =
  | { readonly operation: 'create'; readonly job: CoconutJob }
  | { readonly operation: 'retrieve'; readonly providerJobId: string };

/** Whatever the API answered, of any status. */
export interface CoconutAnswer {
  readonly status: number;
  /** The header as it came. */
  readonly retryAfter: string | null;
  /** The parsed JSON; undefined where the body was none. */
  readonly body: unknown;
}

/** One call of the API. Throws CallBroken when no answer came. */
export type CoconutCall = (request: CoconutRequest) => Promise<CoconutAnswer>;

/** What a call in another thread tells while it runs. */
export type CallReport =
  | { readonly kind: 'connected' }
  | { readonly kind: 'response'; readonly status: number; readonly retryAfter: string | null }
  /** The package made an answer of it. */
  | { readonly kind: 'answer'; readonly body: unknown }
  /** The package made an error of it; `text` is the body that it may have dropped. */
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly text: string };

/** A call as its thread is given it. The number tells its reports from those that an earlier one still makes. */
export interface NumberedCall {
  readonly number: number;
  readonly request: CoconutRequest;
}

export interface NumberedReport {
  readonly number: number;
  readonly report: CallReport;
}

/** There is no answer. Holds no secret: the reason is a word of ours or a code of Node. */
export class CallBroken extends Error {
  override readonly name = 'CallBroken';
  /** True when the connection stood: the API may have read the whole request. */
  readonly connected: boolean;

  constructor(reason: string, connected: boolean) {
    super(reason);
    this.connected = connected;
  }
}
