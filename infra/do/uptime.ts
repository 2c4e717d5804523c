import * as digitalocean from '@pulumi/digitalocean';
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';

/** When mail is sent. `down` is from one place, `down_global` from all of them. */
export const UPTIME_ALERTS = {
  down: { type: 'down_global', threshold: 1, comparison: 'less_than', period: '2m' },
  region: { type: 'down', threshold: 1, comparison: 'less_than', period: '10m' },
  /** Milliseconds of one request. */
  latency: { type: 'latency', threshold: 2000, comparison: 'greater_than', period: '10m' },
  /** Days that the certificate is still good. */
  certificate: { type: 'ssl_expiry', threshold: 14, comparison: 'less_than', period: '1h' },
} as const;

/** Asks the API from outside whether it lives, and sends mail when it does not. */
export class Uptime extends ComponentResource {
  constructor(
    name: string,
    args: { readonly url: Input<string>; readonly email: string },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:do:Uptime', name, {}, options);
    const child = { parent: this };
    const check = new digitalocean.UptimeCheck(
      name,
      {
        name,
        target: args.url,
        type: 'https',
        regions: ['us_east', 'us_west', 'eu_west', 'se_asia'],
        enabled: true,
      },
      child,
    );
    for (const [what, alert] of Object.entries(UPTIME_ALERTS))
      new digitalocean.UptimeAlert(
        `${name}-${what}`,
        { checkId: check.id, name: `${name} ${what}`, notifications: [{ emails: [args.email] }], ...alert },
        child,
      );
    this.registerOutputs();
  }
}
