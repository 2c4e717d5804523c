import * as aws from '@pulumi/aws';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';

/**
 * A certificate for one domain, proved by a record in its zone, and renewed by AWS as long as the record stands. AWS asks
 * one account for the same record in every region: where it stands already, none is made.
 *
 * @see https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
 */
export class Certificate extends ComponentResource {
  /** Known once it is proved. */
  readonly arn: Output<string>;
  /** Name of the record that proves it. */
  readonly proof: Output<string>;

  constructor(
    name: string,
    args: {
      readonly domain: string;
      readonly zoneId: Input<string>;
      /** Name of the record where another region's certificate has made it; null to make it. */
      readonly proof: Output<string> | null;
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
    this.proof = args.proof ?? proofOf(name, certificate, args, child);
    const proved = new aws.acm.CertificateValidation(
      name,
      { certificateArn: certificate.arn, validationRecordFqdns: [this.proof] },
      child,
    );
    this.arn = proved.certificateArn;
    this.registerOutputs({ arn: this.arn });
  }
}

function proofOf(
  name: string,
  certificate: aws.acm.Certificate,
  { domain, zoneId }: { domain: string; zoneId: Input<string> },
  child: { parent: ComponentResource },
): Output<string> {
  const proof = certificate.domainValidationOptions.apply((each) => {
    const [first] = each;
    if (first) return first;
    throw new Error(`AWS names no record that proves ${domain}`);
  });
  return new aws.route53.Record(
    `${name}-proof`,
    {
      zoneId,
      name: proof.resourceRecordName,
      type: proof.resourceRecordType,
      records: [proof.resourceRecordValue],
      ttl: 300,
      allowOverwrite: true,
    },
    child,
  ).fqdn;
}
