import { expect, test } from 'vitest';
import { endedWhenGone } from '#api/tus/idle-body.ts';

const HOUR_MS = 3_600_000;

function streamOf(pull: (controller: ReadableStreamDefaultController<Uint8Array>, nth: number) => void) {
  let nth = 0;
  let canceled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      nth += 1;
      pull(controller, nth);
    },
    cancel() {
      canceled = true;
    },
  });
  return { stream, wasCanceled: () => canceled };
}
const read = (stream: ReadableStream<Uint8Array>) => new Response(stream).text();
const text = (word: string) => new TextEncoder().encode(word);

test('a stream comes through as it is', async () => {
  const { stream } = streamOf((controller, nth) => {
    if (nth > 2) controller.close();
    else controller.enqueue(text(`${nth};`));
  });
  expect(await read(endedWhenGone(stream, HOUR_MS))).toBe('1;2;');
});

test('one that breaks ends with what had come', async () => {
  const { stream } = streamOf((controller, nth) => {
    if (nth > 2) controller.error(new Error('hung up'));
    else controller.enqueue(text(`${nth};`));
  });
  expect(await read(endedWhenGone(stream, HOUR_MS))).toBe('1;2;');
});

test('one that keeps silent ends too, and its source is let go', async () => {
  const { stream, wasCanceled } = streamOf((controller, nth) => {
    if (nth === 1) controller.enqueue(text('1;'));
  });
  expect(await read(endedWhenGone(stream, 20))).toBe('1;');
  expect(wasCanceled()).toBe(true);
});
