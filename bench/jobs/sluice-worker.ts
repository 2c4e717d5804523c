import { composePlatform } from '#bootstrap/compose.ts';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { startWorker } from '#worker/start-worker.ts';
import { answerParent } from '../support/child.ts';

/** The worker as role `worker` runs it: two runners, cron, the watch over leases, a unit of work for each job. */
const platform = await composePlatform(completeConfig(loadConfig(process.env)), { withTranscoder: true });
const worker = await startWorker(platform);

answerParent({ ready: () => true }, async () => {
  await worker.stop();
  await platform.close();
});
