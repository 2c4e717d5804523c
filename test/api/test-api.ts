import { randomUUID } from 'node:crypto';
import { createApi } from '#api/app.ts';
import { createTestPlatform, type TestPlatform, type TestPlatformOptions } from '#test/support/platform.ts';

export interface TestRequest {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; its type is whatever `headers` says. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whose token is sent; null for none. Default: the one owner of the test. */
  readonly as?: string | null;
  readonly scopes?: readonly string[];
}

export interface TestApi {
  readonly platform: TestPlatform;
  readonly ownerId: string;
  readonly app: ReturnType<typeof createApi>;
  call(method: string, path: string, request?: TestRequest): Promise<Response>;
  close(): Promise<void>;
}

/** The whole API over a deployment of its own, called without a socket. */
export async function createTestApi(options: TestPlatformOptions = {}): Promise<TestApi> {
  const platform = await createTestPlatform(options);
  const app = createApi(platform);
  const ownerId = randomUUID();
  return {
    platform,
    ownerId,
    app,
    async call(method, path, { json, body, headers = {}, as = ownerId, scopes = [] } = {}) {
      const all = new Headers(headers);
      if (as !== null) all.set('Authorization', `Bearer ${await platform.token(as, { scopes })}`);
      if (json !== undefined) all.set('Content-Type', 'application/json');
      const sent = json === undefined ? body : JSON.stringify(json);
      return await app.request(path, { method, headers: all, ...(sent !== undefined && { body: sent }) });
    },
    close: () => platform.close(),
  };
}

/** Every member that a test reads of some answer; each answer has a few of them. */
export interface AnswerBody {
  readonly id: string;
  readonly uploadSessionId: string;
  readonly uploadUrl: string;
  readonly title: string;
  readonly name: string;
  readonly description: string | null;
  readonly status: string;
  readonly playback: unknown;
  readonly metadata: unknown;
  readonly createdAt: string;
  readonly bytesUploaded: number;
  readonly maxSizeBytes: number;
  readonly items: AnswerBody[];
  readonly formats: AnswerBody[];
  readonly nextCursor: string | null;
}

export async function bodyOf(response: Response): Promise<AnswerBody> {
  return (await response.json()) as AnswerBody;
}

/** The body of a problem answer. Fails when it is none, or when its status is not the answer's. */
export async function problemOf(response: Response): Promise<{
  code: string;
  status: number;
  detail: string;
  errors: { field: string; message: string }[];
  requestId: string;
  [member: string]: unknown;
}> {
  const text = await response.text();
  if (response.headers.get('content-type') !== 'application/problem+json')
    throw new Error(`${response.status} is no problem answer: ${text.slice(0, 200)}`);
  const body = JSON.parse(text);
  if (body.status !== response.status) throw new Error(`${response.status} says status ${body.status}`);
  return body;
}
