import type { ObjectStore } from '#providers/storage/object-store.ts';

/** What a call of the real store waits for before it starts, or after its answer has come. */
export type Gates = Partial<Record<GateName, (key: string) => Promise<void> | void>>;
export type GateName = keyof ObjectStore | `${keyof ObjectStore}After`;

/** The real store; where a gate stands, a call waits for it first. Gates are looked up at each call. */
export function gated(store: ObjectStore, gates: Gates): ObjectStore {
  return new Proxy(store, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return (...input: unknown[]) => {
        const [before, after] = [gates[name as GateName], gates[`${String(name)}After` as GateName]];
        if (!before && !after) return method.apply(target, input);
        return (async () => {
          await before?.(String(input[0]));
          const answer: unknown = await method.apply(target, input);
          await after?.(String(input[0]));
          return answer;
        })();
      };
    },
  });
}
