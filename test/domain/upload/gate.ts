/** A gate that a call waits at until the test lets it on. */
export interface Gate {
  /** Resolves when somebody stands before it. */
  readonly reached: Promise<void>;
  /** What the call waits for. */
  readonly pass: () => Promise<void>;
  open(): void;
}

export function gate(): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    pass() {
      reached.resolve();
      return opened.promise;
    },
    open: () => opened.resolve(),
  };
}
