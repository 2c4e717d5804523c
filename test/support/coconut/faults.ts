/** What goes wrong, to be changed by a test at any time. */
export interface CoconutFaults {
  /** One for each of the next requests of the API, in their order; null lets one pass. */
  answers: (ApiFault | null)[];
  /** `never`: nobody is called back. `twice`: each event comes twice. `forged`: each with another secret. */
  notifications: 'once' | 'twice' | 'never' | 'forged';
  /** Jobs are not known by their ids any more. */
  forgetsJobs: boolean;
  /** Keys of the outputs that fail, with the reason as Coconut words it. */
  failingOutputs: Readonly<Record<string, string>>;
  /** Jobs are not begun before it is kept. */
  hold: Promise<unknown> | null;
}

export type ApiFault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    }
  /** No answer, ever. */
  | { readonly kind: 'hang' }
  /** It is done, but the answer is lost. */
  | { readonly kind: 'lost' };

export const serverError: ApiFault = { kind: 'answer', status: 500, body: '{"message":"Internal error"}' };
export const badGateway: ApiFault = {
  kind: 'answer',
  status: 502,
  body: '<html><body><h1>502 Bad Gateway</h1></body></html>',
  headers: { 'content-type': 'text/html' },
};
export function throttled(retryAfterSeconds: number): ApiFault {
  const headers = { 'retry-after': String(retryAfterSeconds) };
  return { kind: 'answer', status: 429, body: '{"message":"Too many requests"}', headers };
}

export function noFaults(): CoconutFaults {
  return { answers: [], notifications: 'once', forgetsJobs: false, failingOutputs: {}, hold: null };
}
