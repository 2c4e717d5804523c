import type { StateMachine } from './state-machine.ts';

/**
 * The SQL that makes Postgres keep a transition table: a row is born in the first state and moves along the table,
 * whoever writes (R12). Violations raise check_violation (23514). Equal states are no change and pass.
 *
 * @param target table and column that hold the state; both are our own names, never input
 * @returns statements that can run again after the table has changed
 */
export function transitionTrigger<S extends string>(
  target: { table: string; column: string },
  machine: StateMachine<S>,
): string[] {
  const { table, column } = target;
  const pairs = machine.states.flatMap((from) => machine.table[from].map((to) => `('${from}', '${to}')`));
  return [
    `create or replace function ${table}_transition() returns trigger language plpgsql as $body$
begin
  if tg_op = 'INSERT' then
    if new.${column} <> '${machine.initial}' then
      raise exception 'a new ${machine.name} must be ${machine.initial}, not %', new.${column} using errcode = '23514';
    end if;
  elsif new.${column} <> old.${column}
    and (old.${column}, new.${column}) not in (values ${pairs.join(', ')}) then
    raise exception 'a ${machine.name} that is % cannot become %', old.${column}, new.${column} using errcode = '23514';
  end if;
  return new;
end $body$`,
    `create or replace trigger ${table}_transition before insert or update of ${column} on ${table}
for each row execute function ${table}_transition()`,
  ];
}
