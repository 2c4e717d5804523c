import * as digitalocean from '@pulumi/digitalocean';
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';

/** What is watched, in percent of all there is (load: processes that wait for a core), over how long. */
export const DATABASE_ALERTS = {
  cpu: { type: 'v1/dbaas/alerts/cpu_alerts', value: 85, window: '10m' },
  memory: { type: 'v1/dbaas/alerts/memory_utilization_alerts', value: 90, window: '10m' },
  disk: { type: 'v1/dbaas/alerts/disk_utilization_alerts', value: 80, window: '30m' },
  load: { type: 'v1/dbaas/alerts/load_15_alerts', value: 8, window: '30m' },
} as const;

/** Mail when the database runs short of something. */
export class DatabaseAlerts extends ComponentResource {
  constructor(
    name: string,
    args: {
      readonly clusterId: Input<string>;
      readonly email: string;
      /** Address of docs/operate.md. */
      readonly runbooksUrl: string;
    },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:do:DatabaseAlerts', name, {}, options);
    for (const [what, { type, value, window }] of Object.entries(DATABASE_ALERTS))
      new digitalocean.MonitorAlert(
        `${name}-${what}`,
        {
          type,
          value,
          window,
          compare: 'GreaterThan',
          description: `${name}: database ${what}. What to do: ${args.runbooksUrl}#database-under-strain`,
          entities: [args.clusterId],
          alerts: { emails: [args.email] },
          enabled: true,
        },
        { parent: this },
      );
    this.registerOutputs();
  }
}
