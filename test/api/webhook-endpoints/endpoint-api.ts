import { createTestApi, type TestApi, type TestRequest } from '#test/api/test-api.ts';
import type { TestPlatformOptions } from '#test/support/platform.ts';

export const PATH = '/api/webhook-endpoints';
export const URL_OUTSIDE = 'https://example.com/hook';

/** Every member that a test reads of some answer. */
export interface EndpointAnswer {
  readonly id: string;
  readonly kind: string;
  readonly url: string;
  readonly events: string[];
  readonly enabled: boolean;
  readonly secret: string | null;
  readonly disabledReason: string | null;
  readonly previousSecretUntil: string | null;
  readonly state: string;
  readonly messageId: string;
  readonly attemptCount: number;
  readonly attempts: { number: number; status: number | null; error: string | null }[];
  readonly body: string;
  readonly type: string;
  readonly items: EndpointAnswer[];
  readonly nextCursor: string | null;
}

export interface EndpointApi extends TestApi {
  /** Calls, expects this status and answers the body. */
  ok(status: number, method: string, path: string, request?: TestRequest): Promise<EndpointAnswer>;
  /** Registers an endpoint. */
  registered(body?: object, request?: TestRequest): Promise<EndpointAnswer>;
  /** Runs what is queued to be delivered, at any time for which it waits. */
  deliverAll(): Promise<void>;
}

export async function createEndpointApi(options: TestPlatformOptions = {}): Promise<EndpointApi> {
  const api = await createTestApi(options);
  const ok: EndpointApi['ok'] = async (status, method, path, request) => {
    const response = await api.call(method, path, request);
    const text = await response.text();
    if (response.status !== status) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as EndpointAnswer;
  };
  return {
    ...api,
    ok,
    registered: (body = {}, request = {}) =>
      ok(201, 'POST', PATH, { ...request, json: { url: URL_OUTSIDE, ...body } }),
    async deliverAll() {
      const { deliverWebhook } = await import('#domain/notifications/deliver-webhook.ts');
      const context = () => api.platform.context({ kind: 'system' });
      const jobs = await context().em.execute<{ payload: { deliveryId: string } }[]>(
        `delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t
         where t.id = j.task_id and t.identifier = 'deliver-webhook' returning j.payload`,
      );
      for (const { payload } of jobs) await deliverWebhook(context(), payload);
    },
  };
}
