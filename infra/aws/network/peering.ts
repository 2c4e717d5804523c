import * as aws from '@pulumi/aws';
import { ComponentResource, type ComponentResourceOptions, type CustomResource } from '@pulumi/pulumi';
import { type SecondRegion, thereOf } from '../second-region.ts';
import type { Network } from './network.ts';

export interface PeeringArgs {
  readonly home: Network;
  readonly there: Network;
  readonly second: SecondRegion;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Two regions' networks joined, with ways there and back from wherever tasks or the database stand. AWS encrypts what goes
 * between regions. The database's name means its private address wherever it is asked for, so names need nothing.
 */
export class Peering extends ComponentResource {
  /** What has to stand before one network reaches the other. */
  readonly ways: readonly CustomResource[];

  constructor(name: string, args: PeeringArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:Peering', name, {}, options);
    const { home, there, second, tags } = args;
    const sides = { home: { parent: this }, there: { parent: this, provider: second.provider } };
    const asked = new aws.ec2.VpcPeeringConnection(
      name,
      { vpcId: home.vpcId, peerVpcId: there.vpcId, peerRegion: second.region, tags: { ...tags, Name: name } },
      sides.home,
    );
    const names = { home: name, there: thereOf(name) };
    const accepted = new aws.ec2.VpcPeeringConnectionAccepter(
      names.there,
      { vpcPeeringConnectionId: asked.id, autoAccept: true, tags: { ...tags, Name: name } },
      sides.there,
    );
    const ways = (side: 'home' | 'there', from: Network, to: Network) =>
      from.inhabitedRouteTables.map(
        (table, i) =>
          new aws.ec2.Route(
            `${names[side]}-away-${i}`,
            {
              routeTableId: table.id,
              destinationCidrBlock: to.cidr,
              // Known when it is accepted: before that no route can name it.
              vpcPeeringConnectionId: accepted.id,
            },
            sides[side],
          ),
      );
    this.ways = [...ways('home', home, there), ...ways('there', there, home)];
    this.registerOutputs({ connectionId: accepted.id });
  }
}
