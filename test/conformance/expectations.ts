/** Published clients, unmodified, as they stand in package.json. */
export const CLIENTS = {
  'tus-node': 'tus-js-client 4 (Node)',
  tus: 'tus-js-client 4',
  'uppy-tus': '@uppy/tus 6',
  'uppy-6': '@uppy/aws-s3 6',
  'uppy-5': '@uppy/aws-s3 5',
} as const;
export type ClientName = keyof typeof CLIENTS;

/** What happens to an upload on its way. */
export const TROUBLES = {
  none: 'nothing',
  'expired-url': 'a signed URL has expired',
  forbidden: 'a proxy answers 403 to a part',
  'request-timeout': 'storage answers 400 RequestTimeout',
  unavailable: '503 with `Retry-After`, twice',
  cut: 'the connection breaks amid a part',
  hang: 'a part is never answered',
  'hang-expires': 'a part is not answered until its URL has expired',
  stall: 'the connection dies without a word amid a part',
  echo: 'a part comes a second time, beside the next one',
  'no-signature': 'the API answers 500 once, in the middle',
  'lost-creation': 'the answer to the start is lost',
  'lost-completion': 'the last answer is lost',
  replayed: 'the last answer is lost on a connection that was used before',
  'completed-twice': 'the last request comes twice at once',
  'missing-part': 'storage has lost a part',
  expired: 'the upload has expired on the server',
  'login-ends': 'the login or grant ends meanwhile',
  paused: 'the user pauses and goes on',
  restarted: 'the page is reloaded, the file chosen again',
  offline: 'the network is away for a while',
} as const;
export type TroubleName = keyof typeof TROUBLES;

/** What it takes until the file is there. */
export const ENDINGS = {
  /** No user is needed. */
  itself: 'finishes',
  /** It shows an error, and the user's Retry finishes the upload. */
  retry: 'error, Retry finishes',
  /** It waits for ever, and the user pauses and goes on. */
  stuck: 'waits, pause and resume finish',
  /** It shows an error, and so does Retry; the user chooses the file again. */
  anew: 'error, choosing the file again finishes',
} as const;

/** What else is left of it, beside the one video that is wanted. */
export const LEFTOVERS = {
  canceled: 'a FAILED video (UPLOAD_CANCELED)',
  open: 'an empty upload, which expires',
  partial: 'an unfinished upload, which expires',
  second: 'the same video a second time',
} as const;

export interface Expectation {
  readonly ending: keyof typeof ENDINGS;
  readonly leftover?: keyof typeof LEFTOVERS;
}

const ITSELF: Expectation = { ending: 'itself' };
const RETRY: Expectation = { ending: 'retry' };
const STUCK: Expectation = { ending: 'stuck' };

/**
 * What is promised of each client in each trouble, or null where the trouble cannot meet it. The tests hold the clients
 * to it in both directions, and the table in docs/uploading.md is printed from it.
 */
export const EXPECTATIONS: Readonly<Record<TroubleName, Readonly<Record<ClientName, Expectation | null>>>> = {
  none: { 'tus-node': ITSELF, tus: ITSELF, 'uppy-tus': ITSELF, 'uppy-6': ITSELF, 'uppy-5': ITSELF },
  'expired-url': { 'tus-node': null, tus: null, 'uppy-tus': null, 'uppy-6': RETRY, 'uppy-5': ITSELF },
  forbidden: {
    'tus-node': RETRY,
    tus: RETRY,
    'uppy-tus': RETRY,
    'uppy-6': RETRY,
    'uppy-5': { ending: 'retry', leftover: 'canceled' },
  },
  'request-timeout': { 'tus-node': null, tus: null, 'uppy-tus': null, 'uppy-6': RETRY, 'uppy-5': ITSELF },
  unavailable: { 'tus-node': ITSELF, tus: ITSELF, 'uppy-tus': ITSELF, 'uppy-6': ITSELF, 'uppy-5': ITSELF },
  cut: { 'tus-node': ITSELF, tus: ITSELF, 'uppy-tus': ITSELF, 'uppy-6': ITSELF, 'uppy-5': ITSELF },
  hang: { 'tus-node': STUCK, tus: STUCK, 'uppy-tus': STUCK, 'uppy-6': STUCK, 'uppy-5': STUCK },
  'hang-expires': { 'tus-node': null, tus: null, 'uppy-tus': null, 'uppy-6': STUCK, 'uppy-5': ITSELF },
  stall: { 'tus-node': STUCK, tus: STUCK, 'uppy-tus': STUCK, 'uppy-6': STUCK, 'uppy-5': STUCK },
  echo: { 'tus-node': ITSELF, tus: ITSELF, 'uppy-tus': ITSELF, 'uppy-6': ITSELF, 'uppy-5': ITSELF },
  'no-signature': { 'tus-node': ITSELF, tus: ITSELF, 'uppy-tus': ITSELF, 'uppy-6': RETRY, 'uppy-5': ITSELF },
  'lost-creation': {
    'tus-node': { ending: 'itself', leftover: 'open' },
    tus: { ending: 'itself', leftover: 'open' },
    'uppy-tus': { ending: 'itself', leftover: 'open' },
    'uppy-6': { ending: 'retry', leftover: 'open' },
    'uppy-5': { ending: 'retry', leftover: 'open' },
  },
  'lost-completion': {
    'tus-node': ITSELF,
    tus: ITSELF,
    'uppy-tus': ITSELF,
    'uppy-6': RETRY,
    'uppy-5': { ending: 'retry', leftover: 'second' },
  },
  // Chromium sends such a request again by itself, and the client never learns of it.
  replayed: { 'tus-node': ITSELF, tus: ITSELF, 'uppy-tus': ITSELF, 'uppy-6': ITSELF, 'uppy-5': ITSELF },
  'completed-twice': {
    'tus-node': ITSELF,
    tus: ITSELF,
    'uppy-tus': ITSELF,
    'uppy-6': ITSELF,
    'uppy-5': ITSELF,
  },
  'missing-part': {
    'tus-node': null,
    tus: null,
    'uppy-tus': null,
    'uppy-6': RETRY,
    'uppy-5': { ending: 'retry', leftover: 'canceled' },
  },
  expired: {
    'tus-node': { ending: 'retry', leftover: 'partial' },
    tus: { ending: 'retry', leftover: 'partial' },
    'uppy-tus': { ending: 'retry', leftover: 'partial' },
    'uppy-6': { ending: 'anew', leftover: 'partial' },
    'uppy-5': { ending: 'retry', leftover: 'canceled' },
  },
  'login-ends': { 'tus-node': ITSELF, tus: ITSELF, 'uppy-tus': ITSELF, 'uppy-6': ITSELF, 'uppy-5': ITSELF },
  paused: { 'tus-node': ITSELF, tus: ITSELF, 'uppy-tus': ITSELF, 'uppy-6': ITSELF, 'uppy-5': ITSELF },
  restarted: {
    'tus-node': ITSELF,
    tus: ITSELF,
    'uppy-tus': ITSELF,
    'uppy-6': { ending: 'itself', leftover: 'partial' },
    'uppy-5': { ending: 'itself', leftover: 'partial' },
  },
  offline: { 'tus-node': ITSELF, tus: RETRY, 'uppy-tus': ITSELF, 'uppy-6': RETRY, 'uppy-5': ITSELF },
};
