import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';
import { waitFor } from './conditions.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'] as const;

/** A browser that plays H.264: the machine's own Chromium, else the one that npm brought. */
export async function openChromium(): Promise<Browser> {
  const executablePath = (await onPath()) ?? (await sparticuz.executablePath());
  const args = ['--no-sandbox', '--no-zygote', '--autoplay-policy=no-user-gesture-required'];
  // npm's unpacks itself on first use; where another test is still at that, it cannot be started yet.
  return waitFor('Chromium to start', () => chromium.launch({ executablePath, args }), {
    timeoutMs: 60_000,
    everyMs: 500,
  });
}

async function onPath(): Promise<string | null> {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter).filter(Boolean))
    for (const program of PROGRAMS) {
      const candidate = path.join(folder, program);
      const found = await access(candidate, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) return candidate;
    }
  return null;
}

/** A page, and everything that it complains of: errors of scripts, refusals of its policy, resources that are missing. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  readonly complaints: readonly string[];
}

export async function openPage(
  browser: Browser,
  viewport: { readonly width: number; readonly height: number },
): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  return { page, complaints, [Symbol.asyncDispose]: () => page.close() };
}
