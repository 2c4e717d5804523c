/**
 * Asks once in so long, however often it is called: whoever comes while an answer is on its way, or good, gets that one. A
 * failure is an answer too.
 */
export function remembered<T>(ask: () => Promise<T>, forMs: number): () => Promise<T> {
  let last: { readonly askedAt: number; readonly answer: Promise<T> } | undefined;
  return () => {
    const now = performance.now();
    if (last === undefined || now - last.askedAt >= forMs) last = { askedAt: now, answer: ask() };
    return last.answer;
  };
}
