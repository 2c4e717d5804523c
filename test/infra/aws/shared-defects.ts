import { at, type Inputs, list } from '../rules.ts';
import { asked, first, inside, type Plant, set } from './planting.ts';

/** Another source, and nothing of the one that there was. */
const opened = (values: Inputs) => (inputs: Inputs) => {
  inputs.prefixListId = undefined;
  inputs.referencedSecurityGroupId = undefined;
  Object.assign(inputs, values);
};
const text = (member: string, found: string, instead: string) => (inputs: Inputs) => {
  inputs[member] = String(inputs[member]).replaceAll(found, instead);
};

/** What the rules of both clouds, and those on names and metrics, have to tell of a stack that was tampered with. */
export const SHARED_DEFECTS: Readonly<Record<string, readonly Plant[]>> = {
  'says words that the provider knows': [
    // In another case, another word, in a list, nested, by an enum, by a correction, in a member that is not there.
    ['OriginAccessControl', '', set('signingBehavior', 'Always')],
    ['OriginAccessControl', '', set('originAccessControlOriginType', 'bucket')],
    ['MetricAlarm', '', set('treatMissingData', 'not_breaching')],
    ['MetricAlarm', '', set('comparisonOperator', 'GreaterThan')],
    ['TaskDefinition', '', set('requiresCompatibilities', ['fargate'])],
    ['TaskDefinition', '', inside('runtimePlatform', 'cpuArchitecture', 'x86_64')],
    ['Distribution', '', inside('defaultCacheBehavior', 'viewerProtocolPolicy', 'https')],
    ['Distribution', '', set('priceClass', 'PriceClass_300')],
    ['BucketOwnershipControls', '', inside('rule', 'objectOwnership', 'BucketOwner')],
    [
      'BucketLifecycleConfiguration',
      '-media',
      (inputs) => {
        for (const rule of list(inputs, 'rules'))
          for (const transition of list(rule, 'transitions')) transition.storageClass = 'INTELLIGENT';
      },
    ],
    [
      'BucketServerSideEncryptionConfiguration',
      '',
      (inputs) => {
        for (const rule of list(inputs, 'rules'))
          at(rule, 'applyServerSideEncryptionByDefault').sseAlgorithm = 'AES-256';
      },
    ],
    ['Listener', '', first('defaultActions', { type: 'fixed_response' })],
    ['Instance', '', set('storageType', 'GP3')],
    ['Instance', '', set('engine', 'postgresql')],
    ['Instance', '', set('instanceClass', 'db.t9.huge')],
    ['EventApiDestination', '', set('httpMethod', 'post')],
    ['Instance', '', set('multiAZ', true)],
    ['Distribution', '', inside('defaultCacheBehavior', 'cachePolicy', 'id')],
  ],
  'names fit': [
    ['TargetGroup', '', asked({ name: 'sluice-of-a-very-long-name' })],
    ['LoadBalancer', '', set('name', 'sluice-')],
    ['SecurityGroup', '', asked({ name: 'sg-api' })],
    ['Bucket', '-media', asked({ name: 'Sluice-media' })],
    ['Bucket', '-media', asked({ name: 'x'.repeat(60) })],
    ['Role', '-api', asked({ name: 'x'.repeat(60) })],
    ['Queue', '', set('name', 'sluice.dead')],
    ['Instance', '', set('identifier', 'sluice--production')],
    ['EventRule', '', asked({ name: 'x'.repeat(60) })],
    ['TaskDefinition', '', set('family', 'sluice api')],
    // A type whose names nobody has looked up.
    ['Vpc', '', asked({ type: 'aws:kms/alias:Alias' })],
  ],
  'everything belongs to a component': [['Bucket', '-media', asked({ parent: '', parentName: '' })]],
  'everything is tagged': [
    ['Instance', '', set('tags', {})],
    ['SecurityGroupIngressRule', '', set('tags', undefined)],
    ['Bucket', '', set('tags', { project: 'sluice', layer: 'all' })],
  ],
  'networks lie apart': [
    ['Subnet', '-private-0', set('cidrBlock', '10.20.0.0/20')],
    ['Subnet', '-private-0', set('cidrBlock', '10.20.24.0/21')],
    ['Subnet', '-private-0', set('cidrBlock', '10.21.0.0/20')],
    ['Vpc', '', set('cidrBlock', '10.20.0.0/18')],
  ],
  'no output became text': [
    ['Role', '-api', set('description', 'For Calling [toString] on an [Output<T>] is not supported')],
    ['Dashboard', '', set('dashboardBody', '{"title":"[object Object]"}')],
    ['LogGroup', '', set('name', 'sluice/undefined')],
  ],
  'data is kept': [
    ['Bucket', '-sources', asked({ isProtected: false })],
    ['Instance', '', asked({ isRetained: false })],
    ['Distribution', '-api', asked({ isRetained: true })],
    ['Distribution', '-media', asked({ isProtected: false })],
    ['BucketPublicAccessBlock', '-media', asked({ isProtected: false })],
    ['BucketPolicy', '-sources', asked({ isRetained: false })],
    ['Service', '', asked({ isProtected: true })],
    ['Bucket', '-sources', set('forceDestroy', true)],
    ['Instance', '', set('deletionProtection', false)],
    ['Repository', '', set('forceDelete', true)],
  ],
  'alarms ask for what AWS measures': [
    ['MetricAlarm', '-database-cpu', set('metricName', 'CpuUtilization')],
    ['MetricAlarm', '-database-cpu', set('namespace', 'AWS/Rds')],
    ['MetricAlarm', '-database-cpu', set('dimensions', { DBClusterIdentifier: 'sluice' })],
    ['MetricAlarm', '-database-cpu', set('dimensions', undefined)],
    ['MetricAlarm', '-cdn-5xx', set('region', undefined)],
  ],
  'the dashboard shows what AWS measures': [
    ['Dashboard', '', text('dashboardBody', '"5xxErrorRate"', '"5XXErrorRate"')],
    ['Dashboard', '', text('dashboardBody', '"DistributionId"', '"Distribution"')],
  ],
  'nothing is open but 80 and 443': [
    ['SecurityGroupIngressRule', '-cloudfront', opened({ cidrIpv4: '0.0.0.0/0', fromPort: 22, toPort: 22 })],
    ['SecurityGroupIngressRule', '-cloudfront', opened({ cidrIpv6: '::/0', fromPort: 8080, toPort: 8080 })],
    ['SecurityGroupIngressRule', '-cloudfront', opened({ cidrIpv4: '0.0.0.0/0', fromPort: 80, toPort: 443 })],
    ['SecurityGroupIngressRule', '-cloudfront', opened({ cidrIpv4: '10.99.0.0/16' })],
    ['SecurityGroupIngressRule', '-cloudfront', opened({ cidrIpv4: '0.0.0.0/1' })],
    ['SecurityGroupIngressRule', '-postgres', opened({ cidrIpv4: '0.0.0.0/0', fromPort: 443, toPort: 443 })],
    ['SecurityGroupIngressRule', '-api', set('ipProtocol', '-1')],
    ['SecurityGroupIngressRule', '-api', set('referencedSecurityGroupId', undefined)],
  ],
  'only the service calls the world': [
    ['SecurityGroupEgressRule', '-balancer-out', opened({ cidrIpv4: '0.0.0.0/0' })],
    ['SecurityGroupEgressRule', '-balancer-out', set('securityGroupId', 'sluice-production-database-id')],
  ],
  'security groups have rules of one kind': [
    ['SecurityGroup', '', set('ingress', [])],
    ['SecurityGroupIngressRule', '', asked({ type: 'aws:ec2/securityGroupRule:SecurityGroupRule' })],
  ],
  'databases stand in private subnets': [['SubnetGroup', '', set('subnetIds', ['sluice-public-0-id'])]],
  'each region names what is its own': [
    ['Subnet', '-private-0', set('region', 'us-west-2')],
    ['MetricAlarm', '-cdn-5xx', set('alarmActions', ['arn:aws:sns:eu-central-1:111122223333:alarms'])],
  ],
  'JSON is JSON': [
    ['EventRule', '', set('eventPattern', '{')],
    ['QueuePolicy', '', set('policy', '{}')],
    ['QueuePolicy', '', set('policy', 'null')],
    ['LogGroup', '', set('name', '[{"a":1}')],
  ],
  'alarms tell somebody': [['MetricAlarm', '', set('alarmActions', [])]],
  'keys of webhooks are ciphertext': [['EventConnection', '', asked({ secretInputs: [] })]],
};
