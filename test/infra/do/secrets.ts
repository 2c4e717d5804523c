import type { Recording } from '../recording.ts';
import { allOf, at, list } from '../rules.ts';

/** What holds secrets: variables of an app that are encrypted there, images' credentials, and the provider's own key. */
const HOLDERS = /:App$|providers:digitalocean$/;

/** Secrets of which somebody gets to see one: in a variable of an app, in another resource or in an output. */
export function secretsInPlain({ resources, outputs }: Recording, secrets: readonly string[]): string[] {
  const variables = allOf(resources, 'App')
    .flatMap(({ inputs }) => list(at(inputs, 'spec'), 'envs'))
    .filter(({ type }) => type !== 'SECRET');
  const others = resources.filter(({ type }) => !HOLDERS.test(type));
  const seen = JSON.stringify([variables, others, outputs]);
  return secrets.filter((each) => seen.includes(each));
}
