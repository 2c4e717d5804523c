import { all, type CustomResource, type Output, output } from '@pulumi/pulumi';

/**
 * The value, told when all of the resources stand. A service tries again until it has routes and rules; a task that runs
 * once does not.
 */
export function onceAllStand<T>(resources: readonly CustomResource[], value: Output<T>): Output<T> {
  return all([output(resources.map(({ id }) => id)), value]).apply(([, known]) => known) as Output<T>;
}
