import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerError } from './fake-answers.ts';

/** What meets a request instead of the service's answer. */
export type FakeFault =
  /** 429, with Retry-After where seconds are given. */
  | { readonly kind: 'throttled'; readonly retryAfterSeconds?: number }
  /** 500 of the service's own. */
  | { readonly kind: 'broken' }
  /** 502 with a page of HTML, as from a proxy. */
  | { readonly kind: 'html' }
  /** 200 with something that is no JSON. */
  | { readonly kind: 'garbage' }
  /** Never an answer. */
  | { readonly kind: 'hang' }
  /** The connection breaks before anything is done. */
  | { readonly kind: 'cut' }
  /** All is done, and the connection breaks before the answer. */
  | { readonly kind: 'lost' }
  /** 403: the caller may not pass the role. */
  | { readonly kind: 'denied' };

/** `CreateJob`, `GetJob`, `ListJobs`, `CancelJob`. */
export type FakeAction = 'CreateJob' | 'GetJob' | 'ListJobs' | 'SearchJobs' | 'CancelJob';

interface Planned {
  readonly fault: FakeFault;
  readonly action: FakeAction | null;
  timesLeft: number;
}

/** Faults that a test has ordered. */
export class FakeFaults {
  #planned: Planned[] = [];

  /** Meets so many of the next requests, of one action or of any. */
  plan(
    fault: FakeFault,
    { action = null, times = 1 }: { action?: FakeAction | null; times?: number } = {},
  ): void {
    this.#planned.push({ fault, action, timesLeft: times });
  }

  clear(): void {
    this.#planned = [];
  }

  take(action: FakeAction): FakeFault | null {
    const met = this.#planned.find((each) => each.action === null || each.action === action);
    if (!met) return null;
    met.timesLeft -= 1;
    if (met.timesLeft <= 0) this.#planned = this.#planned.filter((each) => each !== met);
    return met.fault;
  }
}

/** Answers in the fault's way. `lost` is for who does the work first. */
export function meetFault(fault: FakeFault, request: IncomingMessage, response: ServerResponse): void {
  switch (fault.kind) {
    case 'throttled':
      if (fault.retryAfterSeconds !== undefined) response.setHeader('retry-after', fault.retryAfterSeconds);
      answerError(response, 429, 'TooManyRequestsException', 'Too Many Requests');
      return;
    case 'broken':
      answerError(response, 500, 'InternalServerErrorException', 'Internal error');
      return;
    case 'html':
      response.writeHead(502, { 'content-type': 'text/html' }).end('<html><body>Bad Gateway</body></html>');
      return;
    case 'garbage':
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"job": {');
      return;
    case 'denied':
      answerError(
        response,
        403,
        'AccessDeniedException',
        'User: arn:aws:sts::111122223333:assumed-role/api/task is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/transcoder',
      );
      return;
    case 'hang':
      return;
    case 'cut':
    case 'lost':
      request.socket.destroy();
  }
}
