import { DomainError } from './errors.ts';

/** From each state, the states it may go to. The first key is the state in which a row is born. */
export type TransitionTable<S extends string> = { readonly [From in S]: readonly S[] };

/** Reads a transition table. Equal states are no change: `can` says no, callers that mean none do not ask. */
export interface StateMachine<S extends string> {
  readonly name: string;
  readonly states: readonly S[];
  readonly initial: S;
  readonly table: TransitionTable<S>;
  can(from: S, to: S): boolean;
  isFinal(state: S): boolean;
  /** Returns `to`, or throws DomainError `illegal_transition`. */
  next(from: S, to: S): S;
  /** The error that `next` throws, for a verb that allows less than the table. */
  refusal(from: S, to: S): DomainError;
}

/** @param name how the thing is called in messages, for instance `video` */
export function stateMachine<S extends string>(name: string, table: TransitionTable<S>): StateMachine<S> {
  const states = Object.keys(table) as S[];
  const [initial] = states;
  if (initial === undefined) throw new Error(`The transition table of ${name} is empty`);
  const can = (from: S, to: S) => table[from].includes(to);
  const refusal = (from: S, to: S) =>
    new DomainError(
      'illegal_transition',
      `${/^[aeiou]/.test(name) ? 'An' : 'A'} ${name} that is ${from} cannot become ${to}`,
      {
        members: { machine: name, from, to },
      },
    );
  return {
    name,
    states,
    initial,
    table,
    can,
    isFinal: (state) => table[state].length === 0,
    refusal,
    next(from, to) {
      if (can(from, to)) return to;
      throw refusal(from, to);
    },
  };
}
