import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  output,
  type ProviderResource,
} from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';
import { type Place, placeOf } from './access/role.ts';
import type { AwsSettings } from './aws-settings.ts';

/** `us-east-1`, `ap-southeast-2`, `us-gov-west-1`. */
const REGION = /^[a-z]{2}(?:-[a-z]+){1,2}-\d$/;

const SECOND = '-2';

/** The region beside the stack's own: whatever is made with its options stands there. */
export class SecondRegion extends ComponentResource {
  readonly region: string;
  readonly place: Place;
  readonly provider: ProviderResource;
  /** For components; their children inherit them. */
  readonly options: ComponentResourceOptions;

  constructor(
    name: string,
    args: { readonly region: string; readonly home: Place },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:aws:SecondRegion', name, {}, options);
    // The same account by the same credentials as the stack's own provider.
    const provider = new aws.Provider(name, { ...aws.config, region: args.region }, { parent: this });
    this.region = args.region;
    this.place = { ...args.home, region: output(args.region) };
    this.provider = provider;
    this.options = { parent: this, providers: [provider] };
    this.registerOutputs({ region: args.region });
  }
}

/** Null where the configuration names none. Throws one line where it names one that cannot be. */
export function secondRegionOf(
  { layer, secondRegion, domain, networkCidr, secondNetworkCidr }: Settings,
  { zoneId, permissionsBoundaryArn }: Pick<AwsSettings, 'zoneId' | 'permissionsBoundaryArn'>,
): SecondRegion | null {
  if (secondRegion === null) return null;
  const home = aws.config.requireRegion();
  if (!REGION.test(secondRegion))
    throw new Error(`secondRegion must be a region of AWS such as eu-west-1; given: ${secondRegion}`);
  if (secondRegion === home)
    throw new Error(`secondRegion must be another region than aws:region; given: ${home} for both`);
  if (layer !== 'data' && domain === null)
    throw new Error('secondRegion needs domain: by one name callers are led to the nearest region');
  if ((layer === 'all' || layer === 'app') && zoneId === null)
    throw new Error(
      'secondRegion needs zoneId, the zone of domain in Route 53, which leads callers to regions',
    );
  if (networkCidr === secondNetworkCidr)
    throw new Error(`secondNetworkCidr must differ from networkCidr; given: ${networkCidr} for both`);
  return new SecondRegion('second', { region: secondRegion, home: placeOf({ permissionsBoundaryArn }) });
}

/** What a layer below has in that region. Throws one line where it has nothing there. */
export function partThere<Part extends { readonly region: string }>(
  layer: 'site' | 'data',
  second: Part | null,
  region: string,
): Part {
  if (second?.region === region) return second;
  throw new Error(`The ${layer} has nothing in ${region}: set secondRegion on its stack first`);
}

/** Throws one line where an environment is called as another one's second region is: `prod-2`. */
export function refuseNamesOfSecond(environment: string): void {
  if (!environment.endsWith(SECOND)) return;
  throw new Error(
    `environment must not end in ${SECOND}, as names of a second region do; given: ${environment}`,
  );
}

/** What stands there is named as what stands at home, and by this. Load balancers have 24 characters in all. */
export function thereOf(name: string): string {
  return `${name}${SECOND}`;
}
