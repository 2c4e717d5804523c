import type { Browser } from 'playwright-core';
import type { ClientPages, PageClient } from '#test/support/clients/serve-clients.ts';
import { waitFor } from '#test/support/conditions.ts';
import type { ClientEnd, ForeignClient } from './foreign-client.ts';
import type { SourceFile } from './source-file.ts';

/** A client in a browser of its own: no cookie, no storage and no connection of an earlier case. */
export async function pageClient(
  browser: Browser,
  pages: ClientPages,
  client: PageClient,
  file: SourceFile,
): Promise<ForeignClient> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.clock.install();
  let failedRequests = 0;
  page.on('requestfailed', () => {
    failedRequests += 1;
  });

  async function open(): Promise<void> {
    await page.goto(pages.urlOf(client));
    await page.locator('input').setInputFiles(file.path);
  }
  // As text, because nothing here knows a browser's types.
  const press = (button: string, argument?: object) =>
    page.evaluate(`window.client.${button}(${argument ? JSON.stringify(argument) : ''})`);
  const seen = () =>
    page.evaluate('window.client.seen') as Promise<{ outcome: ClientEnd['outcome'] | null; message: string }>;

  await open();
  return {
    start: async (options) => void (await press('start', options)),
    ended: () =>
      waitFor(
        `${client} to end`,
        async () => {
          const { outcome, message } = await seen();
          return outcome !== null && { outcome, message };
        },
        { timeoutMs: 30_000 },
      ),
    isBusy: async () => (await seen()).outcome === null,
    pause: async () => void (await press('pause')),
    resume: async () => void (await press('resume')),
    retry: async () => void (await press('retry')),
    restart: open,
    passSeconds: (seconds) => page.clock.runFor(seconds * 1000),
    setOffline: (offline) => context.setOffline(offline),
    seesOffline: async () => failedRequests > 0 && (await page.evaluate('navigator.onLine')) === false,
    [Symbol.asyncDispose]: () => context.close(),
  };
}
