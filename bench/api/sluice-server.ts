import { createApi } from '#api/app.ts';
import { serveApi } from '#api/serve.ts';
import { composePlatform } from '#bootstrap/compose.ts';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { answerParent } from '../support/child.ts';

/** The API as role `api` serves it: all middleware, a log line a request, metrics. */
const platform = await composePlatform(completeConfig(loadConfig(process.env)), { withTranscoder: false });
const api = await serveApi(createApi(platform), { port: 0, host: '127.0.0.1' });

answerParent({ port: () => api.port }, async () => {
  await api.close(1000);
  await platform.close();
});
