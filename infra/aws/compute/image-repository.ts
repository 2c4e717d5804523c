import * as aws from '@pulumi/aws';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';

const UNTAGGED_KEPT_DAYS = 14;

/** What an ECR lifecycle policy says: images that no tag names any more go after two weeks. */
export function repositoryLifecycle(): string {
  return JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        description: 'Images that no tag names',
        selection: {
          tagStatus: 'untagged',
          countType: 'sinceImagePushed',
          countUnit: 'days',
          countNumber: UNTAGGED_KEPT_DAYS,
        },
        action: { type: 'expire' },
      },
    ],
  });
}

/** Images of the service, one repository for all environments of a site: what was tried goes on to production. */
export class ImageRepository extends ComponentResource {
  readonly url: Output<string>;
  readonly arn: Output<string>;

  constructor(
    name: string,
    args: { readonly isDisposable: boolean; readonly tags: Readonly<Record<string, string>> },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:aws:ImageRepository', name, {}, options);
    const repository = new aws.ecr.Repository(
      name,
      {
        imageScanningConfiguration: { scanOnPush: true },
        imageTagMutability: 'IMMUTABLE',
        encryptionConfigurations: [{ encryptionType: 'AES256' }],
        forceDelete: args.isDisposable,
        tags: args.tags,
      },
      { parent: this },
    );
    new aws.ecr.LifecyclePolicy(
      name,
      { repository: repository.name, policy: repositoryLifecycle() },
      { parent: this },
    );
    this.url = repository.repositoryUrl;
    this.arn = repository.arn;
    this.registerOutputs({ url: this.url });
  }
}
