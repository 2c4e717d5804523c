import { at, list } from '../rules.ts';
import { asked, first, inside, type Plant, set } from './planting.ts';

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
    ['Distribution', '', asked({ isRetained: true })],
    ['Service', '', asked({ isProtected: true })],
  ],
  'alarms ask for what AWS measures': [
    ['MetricAlarm', '-database-cpu', set('metricName', 'CpuUtilization')],
    ['MetricAlarm', '-database-cpu', set('namespace', 'AWS/Rds')],
    ['MetricAlarm', '-database-cpu', set('dimensions', { DBClusterIdentifier: 'sluice' })],
    ['MetricAlarm', '-database-cpu', set('dimensions', undefined)],
    ['MetricAlarm', '-cdn-5xx', set('region', undefined)],
  ],
  'alarms tell somebody': [['MetricAlarm', '', set('alarmActions', [])]],
  'keys of webhooks are ciphertext': [['EventConnection', '', asked({ secretInputs: [] })]],
};
