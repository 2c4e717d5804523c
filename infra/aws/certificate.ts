import * as aws from '@pulumi/aws';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';

/** A certificate for one domain, proved by a record in its zone, and renewed by AWS as long as the record stands. */
export class Certificate extends ComponentResource {
  /** Known once it is proved. */
  readonly arn: Output<string>;

  constructor(
    name: string,
    args: {
      readonly domain: string;
      readonly zoneId: Input<string>;
      readonly tags: Readonly<Record<string, string>>;
    },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:aws:Certificate', name, {}, options);
    const child = { parent: this };
    const certificate = new aws.acm.Certificate(
      name,
      { domainName: args.domain, validationMethod: 'DNS', tags: args.tags },
      child,
    );
    const proof = certificate.domainValidationOptions.apply((each) => {
      const [first] = each;
      if (first) return first;
      throw new Error(`AWS names no record that proves ${args.domain}`);
    });
    const record = new aws.route53.Record(
      `${name}-proof`,
      {
        zoneId: args.zoneId,
        name: proof.resourceRecordName,
        type: proof.resourceRecordType,
        records: [proof.resourceRecordValue],
        ttl: 300,
        allowOverwrite: true,
      },
      child,
    );
    const proved = new aws.acm.CertificateValidation(
      name,
      { certificateArn: certificate.arn, validationRecordFqdns: [record.fqdn] },
      child,
    );
    this.arn = proved.certificateArn;
    this.registerOutputs({ arn: this.arn });
  }
}
