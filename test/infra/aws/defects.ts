import { list } from '../rules.ts';
import { asked, container, first, inside, json, type Plant, set, statement } from './planting.ts';
import { POLICY_DEFECTS } from './policy-defects.ts';
import { SECRETS } from './recording.ts';

/** What each rule has to tell of a stack that was tampered with. */
export const DEFECTS: Readonly<Record<string, readonly Plant[]>> = {
  'every bucket is complete': [
    ['BucketPublicAccessBlock', '-media', null],
    ['BucketPolicy', '-logs', null],
  ],
  'one policy, lifecycle and notification a bucket': [
    ['BucketPolicy', '-media', set('bucket', 'sluice-production-sources-1a2b3c4')],
  ],
  'no bucket is public': [['BucketPublicAccessBlock', '', set('blockPublicPolicy', false)]],
  'buckets take TLS only': [
    ['BucketPolicy', '-sources', json('policy', (policy) => list(policy, 'Statement').splice(0, 1))],
  ],
  'buckets let in services of AWS alone': [
    ['BucketPolicy', '-media', statement('policy', { Principal: '*' })],
  ],
  'uploads work in browsers': [
    ['BucketCorsConfiguration', '', first('corsRules', { exposeHeaders: [] })],
    ['BucketCorsConfiguration', '', first('corsRules', { allowedMethods: ['OPTIONS'] })],
  ],
  'nothing in use is deleted or out of reach': [
    ['BucketLifecycleConfiguration', '-sources', first('rules', { expiration: { days: 30 } })],
    [
      'BucketLifecycleConfiguration',
      '-media',
      first('rules', { transitions: [{ storageClass: 'GLACIER' }] }),
    ],
    ['BucketLifecycleConfiguration', '-media', (inputs) => list(inputs, 'rules').splice(0, 1)],
  ],
  'sources are versioned': [['BucketVersioning', '-sources', null]],
  'the database is private, encrypted and backed up': [
    ['Instance', '', set('publiclyAccessible', true)],
    ['Instance', '', set('storageEncrypted', false)],
    ['Instance', '', set('skipFinalSnapshot', true)],
    ['Instance', '', set('backupRetentionPeriod', 0)],
  ],
  'the database asks for TLS': [['ParameterGroup', '', set('parameters', [])]],
  'the log of the database has no values': [
    ['ParameterGroup', '', set('parameters', [{ name: 'rds.force_ssl', value: '1' }])],
    ['ParameterGroup', '', set('parameters', [{ name: 'log_parameter_max_length', value: '-1' }])],
  ],
  'playback is HTTPS and cached by policies': [
    ['Distribution', '-media', inside('defaultCacheBehavior', 'viewerProtocolPolicy', 'allow-all')],
  ],
  ...POLICY_DEFECTS,
  'plain HTTP forwards nothing by itself': [['Listener', '', first('defaultActions', { type: 'forward' })]],
  'metrics stay inside': [['ListenerRule', '-inside', null]],
  'firewalls stand where they work': [
    ['WebAcl', '-playback', set('region', undefined)],
    ['WebAcl', '', first('rules', { action: undefined, overrideAction: {} })],
  ],
  'webhooks alone are not counted': [
    [
      'WebAcl',
      'sluice-production',
      first('rules', { statement: { rateBasedStatement: { limit: 2000, aggregateKeyType: 'IP' } } }),
    ],
    [
      'WebAcl',
      'sluice-production',
      (inputs) => {
        const text = JSON.stringify(inputs.rules).replace('/webhooks/', '/');
        inputs.rules = JSON.parse(text);
      },
    ],
  ],
  'secrets are ciphertext': [['TaskDefinition', '-api', set('family', SECRETS.jwtSecret)]],
  'tasks have sizes that Fargate takes': [['TaskDefinition', '-api', set('memory', '768')]],
  'containers write to /tmp alone and are watched': [
    ['TaskDefinition', '-worker', container('worker', { readonlyRootFilesystem: false })],
    ['TaskDefinition', '-worker', container('worker', { stopTimeout: 30 })],
    ['TaskDefinition', '-api', container('api', { healthCheck: undefined })],
    ['TaskDefinition', '-api', container('api', { mountPoints: [] })],
  ],
  'no service changes before its migration': [
    ['Service', '-api', asked({ hooks: { beforeCreate: ['production-migration'], beforeUpdate: [] } })],
    ['Service', '-worker', asked({ hooks: { beforeCreate: [], beforeUpdate: [] } })],
    ['Service', '-worker', asked({ hooks: { beforeCreate: ['other'], beforeUpdate: ['other'] } })],
    ['Service', '-worker', asked({ after: [] })],
  ],
  'services go back when they do not come up': [
    ['Service', '-api', inside('deploymentCircuitBreaker', 'rollback', false)],
    ['Service', '-worker', set('waitForSteadyState', false)],
    ['Service', '-worker', set('forceNewDeployment', undefined)],
  ],
  'health asks nobody else': [['TargetGroup', '', inside('healthCheck', 'path', '/health/ready')]],
  'no event is lost silently': [
    ['EventTarget', '', set('deadLetterConfig', undefined)],
    ['EventTarget', '', set('inputTransformer', {})],
  ],
  'every alarm has a runbook and a metric that is there': [
    ['MetricAlarm', '-dead-letters', set('metricName', 'sluice_dead_letter')],
    ['MetricAlarm', '-database-cpu', set('alarmDescription', 'docs/operate.md#nowhere')],
  ],
};
