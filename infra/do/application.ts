import * as digitalocean from '@pulumi/digitalocean';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  type Output,
} from '@pulumi/pulumi';
import type { Variable } from '../environment.ts';
import type { RolePlan } from './application-plan.ts';
import { apiService, appAlerts, migrateJob, workerComponent } from './components.ts';
import type { ImageSource } from './image.ts';
import { appRegion, type Region } from './regions.ts';

export interface ApplicationArgs {
  readonly region: Region;
  readonly vpcId: Input<string>;
  readonly projectId: Input<string>;
  readonly image: ImageSource;
  readonly registryCredentials: Output<string> | null;
  readonly variables: readonly Variable[];
  readonly api: RolePlan;
  /** Null beside an application that has workers, and that migrates for both. */
  readonly worker: RolePlan | null;
  /** That it answers to; null for the platform's own name. */
  readonly domain: { readonly name: string; readonly zone: string | null } | null;
  readonly alarmEmail: string;
  /** Runs before this one is made or changed. The option of the component would not reach the app in it. */
  readonly after?: Application;
}

/**
 * The app: `api` behind the platform's balancer, `worker` beside it, `migrate` before each deploy. All three take the
 * variables of the app, which stand in it once. In a second region `api` alone.
 *
 * The platform gives secrets back encrypted, and its provider takes that for a change. So every `pulumi up` of the
 * application is a deploy. It is let be: whoever has the variables' changes ignored would have real ones ignored as well.
 *
 * @see https://github.com/digitalocean/terraform-provider-digitalocean/issues/1603
 */
export class Application extends ComponentResource {
  readonly url: Output<string>;
  /** By the platform's own name, also where there is a domain. */
  readonly ownUrl: Output<string>;

  constructor(name: string, args: ApplicationArgs, options?: ComponentResourceOptions) {
    super('sluice:do:Application', name, {}, options);
    const { api, worker, domain, alarmEmail, registryCredentials } = args;
    const { registryType, registry, repository, version } = args.image;
    const image = {
      registryType,
      repository,
      ...version,
      ...(registry !== null && { registry }),
      ...(registryCredentials && { registryCredentials }),
    };
    const app = new digitalocean.App(
      name,
      {
        projectId: args.projectId,
        spec: {
          name,
          region: appRegion(args.region),
          vpcs: [{ id: args.vpcId }],
          envs: args.variables.map(environmentVariable),
          services: [apiService(image, api.fleet, api.size, alarmEmail)],
          ...(worker && {
            workers: [workerComponent(image, worker.fleet, worker.size, alarmEmail)],
            jobs: [migrateJob(image)],
          }),
          ingress: { rules: [{ component: { name: 'api' }, match: { path: { prefix: '/' } } }] },
          alerts: appAlerts(alarmEmail),
          ...(domain && {
            domainNames: [
              { name: domain.name, type: 'PRIMARY', ...(domain.zone !== null && { zone: domain.zone }) },
            ],
          }),
        },
      },
      {
        parent: this,
        customTimeouts: { create: '40m', update: '40m' },
        ...(args.after && { dependsOn: [args.after] }),
      },
    );
    this.ownUrl = app.defaultIngress;
    this.url = domain === null ? this.ownUrl : interpolate`https://${domain.name}`;
    this.registerOutputs({ url: this.url });
  }
}

/** How the platform stores a variable: what is secret is encrypted and never shown again. */
export function environmentVariable({ name, value, isSecret }: Variable) {
  return { key: name, value, scope: 'RUN_TIME', type: isSecret ? 'SECRET' : 'GENERAL' };
}
