interface Correction {
  readonly words: readonly string[];
  /** Where it says so: the API's own reference, or an example of the provider's. */
  readonly source: string;
}

const AWS = 'https://docs.aws.amazon.com';
const DO = 'https://docs.digitalocean.com/reference/api/digitalocean';

const CACHED_METHODS = {
  words: ['GET', 'HEAD', 'OPTIONS'],
  source: `${AWS}/cloudfront/latest/APIReference/API_CachedMethods.html`,
} as const;

const METHODS = {
  words: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
  source: `${AWS}/cloudfront/latest/APIReference/API_AllowedMethods.html`,
} as const;

const STATUS_CODES = {
  words: ['403', '404'],
  source: `${AWS}/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html, any of 2XX, 4XX, 5XX`,
} as const;

/** Of AWS: what the comments leave out, or say by example. */
const OF_AWS = {
  'Budget.budgetType': {
    words: ['USAGE', 'COST', 'RI_UTILIZATION', 'RI_COVERAGE', 'SAVINGS_PLANS_UTILIZATION'],
    source: `${AWS}/aws-cost-management/latest/APIReference/API_budgets_Budget.html`,
  },
  'Canary.runtimeVersion': {
    words: ['4.0', '4.1', '4.2', '5.0', '5.1', '5.2'].map((version) => `syn-nodejs-${version}`),
    source: `${AWS}/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Library_Nodejs.html, those with Node 22`,
  },
  'Canary.schedule.expression': {
    words: [
      'rate(1 minute)',
      ...[5, 10, 15, 30].map((minutes) => `rate(${minutes} minutes)`),
      'rate(1 hour)',
    ],
    source: `${AWS}/AmazonSynthetics/latest/APIReference/API_CanaryScheduleInput.html; the comment lists units`,
  },
  'Budget.limitUnit': {
    words: ['USD'],
    source: `${AWS}/aws-cost-management/latest/APIReference/API_budgets_Spend.html, that of a budget of costs`,
  },
  'Budget.notifications.thresholdType': {
    words: ['PERCENTAGE', 'ABSOLUTE_VALUE'],
    source: `${AWS}/aws-cost-management/latest/APIReference/API_budgets_Notification.html`,
  },
  'CatalogTable.tableType': {
    words: ['EXTERNAL_TABLE', 'VIRTUAL_VIEW', 'GOVERNED'],
    source: `${AWS}/glue/latest/webapi/API_TableInput.html`,
  },
  'Certificate.validationMethod': {
    words: ['DNS', 'EMAIL'],
    source: `${AWS}/acm/latest/APIReference/API_RequestCertificate.html`,
  },
  'Distribution.viewerCertificate.minimumProtocolVersion': {
    words: ['TLSv1.2_2021', 'TLSv1.2_2025', 'TLSv1.3_2025'],
    source: `${AWS}/cloudfront/latest/APIReference/API_ViewerCertificate.html, those without TLS 1.1`,
  },
  'Distribution.defaultCacheBehavior.allowedMethods': METHODS,
  'Distribution.defaultCacheBehavior.cachedMethods': CACHED_METHODS,
  'Distribution.orderedCacheBehaviors.allowedMethods': METHODS,
  'Distribution.orderedCacheBehaviors.cachedMethods': CACHED_METHODS,
  'Eip.domain': { words: ['vpc'], source: `${AWS}/AWSEC2/latest/APIReference/API_AllocateAddress.html` },
  'EventApiDestination.httpMethod': {
    words: ['POST', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'],
    source: `${AWS}/eventbridge/latest/APIReference/API_CreateApiDestination.html`,
  },
  'Instance.enabledCloudwatchLogsExports': {
    words: ['postgresql', 'upgrade', 'iam-db-auth-error'],
    source: `${AWS}/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.html`,
  },
  'Instance.engine': {
    words: ['postgres'],
    source: `${AWS}/AmazonRDS/latest/APIReference/API_CreateDBInstance.html, the one that we run on`,
  },
  'Instance.instanceClass': {
    words: ['db.t4g.medium', 'db.t4g.large', 'db.m7g.large', 'db.m7g.xlarge', 'db.m7g.2xlarge'],
    source: `${AWS}/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html; the enum is older than m7g`,
  },
  'Listener.sslPolicy': {
    words: ['ELBSecurityPolicy-TLS13-1-2-2021-06', 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06'],
    source: `${AWS}/elasticloadbalancing/latest/application/describe-ssl-policies.html, those without TLS 1.1`,
  },
  'Listener.defaultActions.fixedResponse.statusCode': STATUS_CODES,
  'ListenerRule.actions.fixedResponse.statusCode': STATUS_CODES,
  'MetricAlarm.metricQueries.metric.stat': {
    words: ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum', 'p50', 'p90', 'p95', 'p99'],
    source: `${AWS}/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html`,
  },
  'Policy.targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification.predefinedMetricType': {
    words: [
      'ECSServiceAverageCPUUtilization',
      'ECSServiceAverageMemoryUtilization',
      'ALBRequestCountPerTarget',
    ],
    source: `${AWS}/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html, those of ECS`,
  },
  'ParameterGroup.parameters.name': {
    words: ['rds.force_ssl', 'log_min_duration_statement', 'log_parameter_max_length'],
    source: `${AWS}/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html, those that we set`,
  },
  'Policy.serviceNamespace': {
    words: ['ecs'],
    source: `${AWS}/autoscaling/application/APIReference/API_PutScalingPolicy.html, that of ECS`,
  },
  'ResponseHeadersPolicy.corsConfig.accessControlAllowMethods.items': {
    words: ['GET', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'ALL'],
    source: `${AWS}/cloudfront/latest/APIReference/API_ResponseHeadersPolicyAccessControlAllowMethods.html`,
  },
  'SecurityGroupEgressRule.ipProtocol': {
    words: ['tcp', 'udp', 'icmp', 'icmpv6', '-1'],
    source: `${AWS}/AWSEC2/latest/APIReference/API_SecurityGroupRule.html`,
  },
  'SecurityGroupIngressRule.ipProtocol': {
    words: ['tcp', 'udp', 'icmp', 'icmpv6', '-1'],
    source: `${AWS}/AWSEC2/latest/APIReference/API_SecurityGroupRule.html`,
  },
  'Service.capacityProviderStrategies.capacityProvider': {
    words: ['FARGATE', 'FARGATE_SPOT'],
    source: `${AWS}/AmazonECS/latest/developerguide/fargate-capacity-providers.html`,
  },
  'Service.platformVersion': {
    words: ['LATEST', '1.4.0'],
    source: `${AWS}/AmazonECS/latest/developerguide/platform-fargate.html`,
  },
  'Target.scalableDimension': {
    words: ['ecs:service:DesiredCount'],
    source: `${AWS}/autoscaling/application/APIReference/API_RegisterScalableTarget.html, that of ECS`,
  },
  'Target.serviceNamespace': {
    words: ['ecs'],
    source: `${AWS}/autoscaling/application/APIReference/API_RegisterScalableTarget.html, that of ECS`,
  },
  'TargetGroup.targetType': {
    words: ['instance', 'ip', 'lambda', 'alb'],
    source: `${AWS}/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html`,
  },
  'TaskDefinition.runtimePlatform.operatingSystemFamily': {
    words: ['LINUX'],
    source: `${AWS}/AmazonECS/latest/APIReference/API_RuntimePlatform.html, the one that is no Windows`,
  },
  'TopicSubscription.protocol': {
    words: ['sqs', 'sms', 'lambda', 'firehose', 'application', 'email', 'email-json', 'http', 'https'],
    source: `${AWS}/sns/latest/api/API_Subscribe.html`,
  },
  'UserPool.autoVerifiedAttributes': {
    words: ['email', 'phone_number'],
    source: `${AWS}/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html; the comment says phoneNumber`,
  },
  'UserPool.usernameAttributes': {
    words: ['email', 'phone_number'],
    source: `${AWS}/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html`,
  },
  'UserPoolClient.preventUserExistenceErrors': {
    words: ['LEGACY', 'ENABLED'],
    source: `${AWS}/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html`,
  },
  'WebAcl.rules.statement.managedRuleGroupStatement.name': {
    words: [
      'AWSManagedRulesAmazonIpReputationList',
      'AWSManagedRulesCommonRuleSet',
      'AWSManagedRulesKnownBadInputsRuleSet',
    ],
    source: `${AWS}/waf/latest/developerguide/aws-managed-rule-groups-list.html, those that we use`,
  },
  'WebAcl.rules.statement.managedRuleGroupStatement.ruleActionOverrides.name': {
    words: ['SizeRestrictions_BODY', 'CrossSiteScripting_BODY'],
    source: `${AWS}/waf/latest/developerguide/aws-managed-rule-groups-baseline.html, those of bodies`,
  },
  'WebAcl.rules.statement.managedRuleGroupStatement.vendorName': {
    words: ['AWS'],
    source: `${AWS}/waf/latest/APIReference/API_ManagedRuleGroupStatement.html`,
  },
} as const satisfies Readonly<Record<string, Correction>>;

const REGISTRY_TYPES = {
  words: ['DOCR', 'DOCKER_HUB', 'GHCR'],
  source: `${DO}/#tag/Apps; the comment is older than GHCR`,
} as const;

/**
 * Of DigitalOcean: its comments are made from those of another tool by a program that turns `ip_addr` into `ipAddr`, values
 * as well as names. The values that work stand in the examples of the same files.
 */
const OF_DO = {
  'App.spec.alerts.rule': {
    words: ['DEPLOYMENT_FAILED', 'DEPLOYMENT_LIVE', 'DEPLOYMENT_STARTED', 'DOMAIN_FAILED', 'DOMAIN_LIVE'],
    source: `${DO}/#tag/Apps; the comment lists those of components`,
  },
  'App.spec.jobs.image.registryType': REGISTRY_TYPES,
  'App.spec.services.image.registryType': REGISTRY_TYPES,
  'App.spec.workers.image.registryType': REGISTRY_TYPES,
  'App.spec.region': {
    words: ['ams', 'atl', 'blr', 'fra', 'lon', 'nyc', 'sfo', 'sgp', 'syd', 'tor'],
    source: 'https://docs.digitalocean.com/products/app-platform/details/availability/',
  },
  'DatabaseCluster.engine': {
    words: ['pg', 'mysql', 'valkey', 'mongodb', 'kafka', 'opensearch'],
    source: `${DO}/#tag/Databases`,
  },
  'DatabaseCluster.maintenanceWindows.day': {
    words: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
    source: `${DO}/#tag/Databases`,
  },
  'DatabaseFirewall.rules.type': {
    words: ['droplet', 'k8s', 'ip_addr', 'tag', 'app'],
    source: `${DO}/#tag/Databases and the example of databaseFirewall.d.ts`,
  },
  'UptimeAlert.comparison': {
    words: ['greater_than', 'less_than'],
    source: `${DO}/#tag/Uptime and the example of uptimeAlert.d.ts`,
  },
  'UptimeAlert.type': {
    words: ['latency', 'down', 'down_global', 'ssl_expiry'],
    source: `${DO}/#tag/Uptime`,
  },
  'UptimeCheck.regions': { words: ['us_east', 'us_west', 'eu_west', 'se_asia'], source: `${DO}/#tag/Uptime` },
} as const satisfies Readonly<Record<string, Correction>>;

/** What the providers' comments leave out or have wrong, by member. */
export const CORRECTIONS: Readonly<Record<string, Correction>> = { ...OF_AWS, ...OF_DO };
