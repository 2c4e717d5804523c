import http from 'node:http';
import { expect } from 'vitest';

export interface SlowPut {
  /** Breaks the connection in the middle of the body. */
  cut(): void;
  /** Sends what is missing; resolves with the status. */
  finish(): Promise<number>;
}

/** A PUT of `sizeBytes` bytes of `fill` that stops after the first half, once the server has begun to store it. */
export async function slowPut(
  url: string,
  sizeBytes: number,
  fill: number,
  begun: () => Promise<boolean>,
  headers: http.OutgoingHttpHeaders = {},
): Promise<SlowPut> {
  const half = Buffer.alloc(sizeBytes / 2, fill);
  const request = http.request(url, { method: 'PUT', headers: { ...headers, 'content-length': sizeBytes } });
  const status = new Promise<number>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
  });
  // A cut or a killed server ends in an error that the test expects.
  status.catch(() => undefined);
  request.write(half);
  await expect.poll(begun).toBe(true);
  return {
    cut: () => void request.destroy(),
    finish: () => {
      request.end(half);
      return status;
    },
  };
}
