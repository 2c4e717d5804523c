import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '#api/app.ts';
import { createTestPlatform, type TestPlatform, userActor } from '#test/support/platform.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await createTestPlatform();
});
afterAll(() => platform.close());

test('a refused transition is counted by machine and states', async () => {
  const app = createApi(platform);
  const token = await platform.token(userActor().ownerId);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ title: 'Tour', sourceMime: 'video/mp4', sourceSizeBytes: 9 });
  const created = await app.request('/api/videos', { method: 'POST', headers, body });
  const { id } = (await created.json()) as { id: string };
  const refused = await app.request(`/api/videos/${id}/retry`, { method: 'POST', headers, body: '{}' });
  expect(refused.status).toBe(409);
  expect(await (await app.request('/metrics')).text()).toContain(
    'sluice_transitions_refused_total{machine="video",from="DRAFT",to="TRANSCODING"} 1',
  );
});
