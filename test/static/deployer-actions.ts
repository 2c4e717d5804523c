/**
 * What making, reading and taking away each kind of resource on AWS asks of whoever deploys: by the constructor as
 * the stack writes it. Not all that is called, but one of each, so that a service or a verb that the policy lacks is seen.
 */
export const ACTIONS_OF: Readonly<Record<string, string>> = {
  'acm.Certificate': 'acm:RequestCertificate acm:DescribeCertificate acm:DeleteCertificate',
  'acm.CertificateValidation': 'acm:DescribeCertificate',
  'appautoscaling.Policy':
    'application-autoscaling:PutScalingPolicy application-autoscaling:DescribeScalingPolicies application-autoscaling:DeleteScalingPolicy',
  'appautoscaling.Target':
    'application-autoscaling:RegisterScalableTarget application-autoscaling:DescribeScalableTargets application-autoscaling:DeregisterScalableTarget',
  'athena.NamedQuery': 'athena:CreateNamedQuery athena:GetNamedQuery athena:DeleteNamedQuery',
  'athena.Workgroup': 'athena:CreateWorkGroup athena:GetWorkGroup athena:DeleteWorkGroup',
  'budgets.Budget': 'budgets:ModifyBudget budgets:ViewBudget',
  'cloudfront.CachePolicy':
    'cloudfront:CreateCachePolicy cloudfront:GetCachePolicy cloudfront:DeleteCachePolicy',
  'cloudfront.Distribution':
    'cloudfront:CreateDistribution cloudfront:GetDistribution cloudfront:DeleteDistribution',
  'cloudfront.KeyGroup': 'cloudfront:CreateKeyGroup cloudfront:GetKeyGroup cloudfront:DeleteKeyGroup',
  'cloudfront.OriginAccessControl':
    'cloudfront:CreateOriginAccessControl cloudfront:GetOriginAccessControl cloudfront:DeleteOriginAccessControl',
  'cloudfront.PublicKey': 'cloudfront:CreatePublicKey cloudfront:GetPublicKey cloudfront:DeletePublicKey',
  'cloudfront.ResponseHeadersPolicy':
    'cloudfront:CreateResponseHeadersPolicy cloudfront:GetResponseHeadersPolicy cloudfront:DeleteResponseHeadersPolicy',
  'cloudtrail.Trail': 'cloudtrail:CreateTrail cloudtrail:DescribeTrails cloudtrail:DeleteTrail',
  'cloudwatch.Dashboard': 'cloudwatch:PutDashboard cloudwatch:GetDashboard cloudwatch:DeleteDashboards',
  'cloudwatch.EventApiDestination':
    'events:CreateApiDestination events:DescribeApiDestination events:DeleteApiDestination',
  // EventBridge keeps a connection's key as a secret of its own, in the name of whoever makes it.
  'cloudwatch.EventConnection':
    'events:CreateConnection events:DescribeConnection events:DeleteConnection iam:CreateServiceLinkedRole secretsmanager:CreateSecret',
  'cloudwatch.EventRule': 'events:PutRule events:DescribeRule events:DeleteRule',
  'cloudwatch.EventTarget': 'events:PutTargets events:ListTargetsByRule events:RemoveTargets iam:PassRole',
  'cloudwatch.LogDelivery': 'logs:CreateDelivery logs:GetDelivery logs:DeleteDelivery',
  'cloudwatch.LogDeliveryDestination':
    'logs:PutDeliveryDestination logs:GetDeliveryDestination logs:DeleteDeliveryDestination',
  'cloudwatch.LogDeliverySource':
    'logs:PutDeliverySource logs:GetDeliverySource logs:DeleteDeliverySource cloudfront:AllowVendedLogDeliveryForResource',
  'cloudwatch.LogGroup': 'logs:CreateLogGroup logs:DescribeLogGroups logs:DeleteLogGroup',
  'cloudwatch.MetricAlarm': 'cloudwatch:PutMetricAlarm cloudwatch:DescribeAlarms cloudwatch:DeleteAlarms',
  'cognito.UserPool': 'cognito-idp:CreateUserPool cognito-idp:DescribeUserPool cognito-idp:DeleteUserPool',
  'cognito.UserPoolClient':
    'cognito-idp:CreateUserPoolClient cognito-idp:DescribeUserPoolClient cognito-idp:DeleteUserPoolClient',
  'ec2.Eip': 'ec2:AllocateAddress ec2:DescribeAddresses ec2:ReleaseAddress ec2:DisassociateAddress',
  'ec2.FlowLog': 'ec2:CreateFlowLogs ec2:DescribeFlowLogs ec2:DeleteFlowLogs iam:PassRole',
  'ec2.InternetGateway':
    'ec2:CreateInternetGateway ec2:AttachInternetGateway ec2:DescribeInternetGateways ec2:DeleteInternetGateway',
  'ec2.NatGateway': 'ec2:CreateNatGateway ec2:DescribeNatGateways ec2:DeleteNatGateway',
  'ec2.Route': 'ec2:CreateRoute ec2:ReplaceRoute ec2:DeleteRoute',
  'ec2.RouteTable': 'ec2:CreateRouteTable ec2:DescribeRouteTables ec2:DeleteRouteTable',
  'ec2.RouteTableAssociation': 'ec2:AssociateRouteTable ec2:DisassociateRouteTable',
  'ec2.SecurityGroup': 'ec2:CreateSecurityGroup ec2:DescribeSecurityGroups ec2:DeleteSecurityGroup',
  'ec2.Subnet': 'ec2:CreateSubnet ec2:ModifySubnetAttribute ec2:DescribeSubnets ec2:DeleteSubnet',
  'ec2.Vpc': 'ec2:CreateVpc ec2:ModifyVpcAttribute ec2:DescribeVpcs ec2:DeleteVpc ec2:CreateTags',
  'ec2.VpcEndpoint': 'ec2:CreateVpcEndpoint ec2:DescribeVpcEndpoints ec2:DeleteVpcEndpoints',
  'ec2.VpcPeeringConnection':
    'ec2:CreateVpcPeeringConnection ec2:DescribeVpcPeeringConnections ec2:DeleteVpcPeeringConnection',
  'ec2.VpcPeeringConnectionAccepter': 'ec2:AcceptVpcPeeringConnection ec2:ModifyVpcPeeringConnectionOptions',
  'ecr.LifecyclePolicy': 'ecr:PutLifecyclePolicy ecr:GetLifecyclePolicy ecr:DeleteLifecyclePolicy',
  'ecr.Repository': 'ecr:CreateRepository ecr:DescribeRepositories ecr:DeleteRepository',
  'ecs.Cluster': 'ecs:CreateCluster ecs:DescribeClusters ecs:DeleteCluster',
  'ecs.ClusterCapacityProviders': 'ecs:PutClusterCapacityProviders',
  // The migration that goes before it is a task of its own.
  'ecs.Service':
    'ecs:CreateService ecs:UpdateService ecs:DescribeServices ecs:DeleteService ecs:RunTask ecs:DescribeTasks iam:PassRole',
  'ecs.TaskDefinition':
    'ecs:RegisterTaskDefinition ecs:DescribeTaskDefinition ecs:DeregisterTaskDefinition iam:PassRole',
  'glue.CatalogDatabase': 'glue:CreateDatabase glue:GetDatabase glue:DeleteDatabase',
  'glue.CatalogTable': 'glue:CreateTable glue:GetTable glue:DeleteTable',
  'guardduty.Detector': 'guardduty:CreateDetector guardduty:GetDetector guardduty:DeleteDetector',
  'iam.AccessKey': 'iam:CreateAccessKey iam:ListAccessKeys iam:DeleteAccessKey iam:GetAccessKeyLastUsed',
  'iam.Role':
    'iam:CreateRole iam:GetRole iam:UpdateAssumeRolePolicy iam:UpdateRoleDescription iam:DeleteRole iam:TagRole iam:ListRolePolicies iam:ListAttachedRolePolicies iam:ListInstanceProfilesForRole',
  'iam.RolePolicy': 'iam:PutRolePolicy iam:GetRolePolicy iam:DeleteRolePolicy',
  'iam.User': 'iam:CreateUser iam:GetUser iam:DeleteUser iam:TagUser iam:ListGroupsForUser',
  'iam.UserPolicy': 'iam:PutUserPolicy iam:GetUserPolicy iam:DeleteUserPolicy',
  'inspector2.Enabler': 'inspector2:Enable inspector2:BatchGetAccountStatus inspector2:Disable',
  'kms.Key':
    'kms:CreateKey kms:DescribeKey kms:GetKeyPolicy kms:PutKeyPolicy kms:EnableKeyRotation kms:GetKeyRotationStatus kms:ListResourceTags kms:TagResource kms:ScheduleKeyDeletion kms:CreateGrant',
  'lb.Listener':
    'elasticloadbalancing:CreateListener elasticloadbalancing:DescribeListeners elasticloadbalancing:DeleteListener',
  'lb.ListenerRule':
    'elasticloadbalancing:CreateRule elasticloadbalancing:DescribeRules elasticloadbalancing:DeleteRule',
  'lb.LoadBalancer':
    'elasticloadbalancing:CreateLoadBalancer elasticloadbalancing:DescribeLoadBalancers elasticloadbalancing:DeleteLoadBalancer',
  'lb.TargetGroup':
    'elasticloadbalancing:CreateTargetGroup elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DeleteTargetGroup',
  'mediaconvert.Queue': 'mediaconvert:CreateQueue mediaconvert:GetQueue mediaconvert:DeleteQueue',
  'rds.Instance':
    'rds:CreateDBInstance rds:DescribeDBInstances rds:ModifyDBInstance rds:DeleteDBInstance rds:CreateDBSnapshot rds:AddTagsToResource',
  'rds.InstanceAutomatedBackupsReplication':
    'rds:StartDBInstanceAutomatedBackupsReplication rds:DescribeDBInstanceAutomatedBackups rds:StopDBInstanceAutomatedBackupsReplication',
  'rds.ParameterGroup': 'rds:CreateDBParameterGroup rds:DescribeDBParameterGroups rds:DeleteDBParameterGroup',
  'rds.SubnetGroup': 'rds:CreateDBSubnetGroup rds:DescribeDBSubnetGroups rds:DeleteDBSubnetGroup',
  'route53.HealthCheck': 'route53:CreateHealthCheck route53:GetHealthCheck route53:DeleteHealthCheck',
  'route53.Record': 'route53:ChangeResourceRecordSets route53:ListResourceRecordSets route53:GetChange',
  's3.Bucket': 's3:CreateBucket s3:ListBucket s3:DeleteBucket s3:DeleteObjectVersion s3:PutBucketTagging',
  's3.BucketCorsConfiguration': 's3:PutBucketCORS s3:GetBucketCORS',
  's3.BucketIntelligentTieringConfiguration':
    's3:PutIntelligentTieringConfiguration s3:GetIntelligentTieringConfiguration',
  's3.BucketLifecycleConfiguration': 's3:PutLifecycleConfiguration s3:GetLifecycleConfiguration',
  's3.BucketNotification': 's3:PutBucketNotification s3:GetBucketNotification',
  's3.BucketObjectv2': 's3:PutObject s3:GetObject s3:DeleteObject',
  's3.BucketOwnershipControls': 's3:PutBucketOwnershipControls s3:GetBucketOwnershipControls',
  's3.BucketPolicy': 's3:PutBucketPolicy s3:GetBucketPolicy s3:DeleteBucketPolicy',
  's3.BucketPublicAccessBlock': 's3:PutBucketPublicAccessBlock s3:GetBucketPublicAccessBlock',
  's3.BucketServerSideEncryptionConfiguration': 's3:PutEncryptionConfiguration s3:GetEncryptionConfiguration',
  's3.BucketVersioning': 's3:PutBucketVersioning s3:GetBucketVersioning',
  'secretsmanager.Secret':
    'secretsmanager:CreateSecret secretsmanager:DescribeSecret secretsmanager:DeleteSecret secretsmanager:TagResource',
  'secretsmanager.SecretVersion': 'secretsmanager:PutSecretValue secretsmanager:GetSecretValue',
  'securityhub.Account':
    'securityhub:EnableSecurityHub securityhub:DescribeHub securityhub:DisableSecurityHub',
  'sns.Topic': 'sns:CreateTopic sns:GetTopicAttributes sns:DeleteTopic',
  'sns.TopicPolicy': 'sns:SetTopicAttributes',
  'sns.TopicSubscription': 'sns:Subscribe sns:GetSubscriptionAttributes sns:Unsubscribe',
  'sqs.Queue': 'sqs:CreateQueue sqs:GetQueueAttributes sqs:DeleteQueue',
  'sqs.QueuePolicy': 'sqs:SetQueueAttributes',
  // A canary is a function with a layer, made in the name of whoever makes the canary.
  'synthetics.Canary':
    'synthetics:CreateCanary synthetics:GetCanary synthetics:DeleteCanary lambda:CreateFunction lambda:PublishLayerVersion lambda:DeleteFunction iam:PassRole',
  'vpc.SecurityGroupEgressRule':
    'ec2:AuthorizeSecurityGroupEgress ec2:DescribeSecurityGroupRules ec2:RevokeSecurityGroupEgress',
  'vpc.SecurityGroupIngressRule':
    'ec2:AuthorizeSecurityGroupIngress ec2:DescribeSecurityGroupRules ec2:RevokeSecurityGroupIngress',
  'wafv2.WebAcl': 'wafv2:CreateWebACL wafv2:GetWebACL wafv2:DeleteWebACL',
  'wafv2.WebAclAssociation': 'wafv2:AssociateWebACL wafv2:DisassociateWebACL elasticloadbalancing:SetWebAcl',
  'ec2.getManagedPrefixListOutput': 'ec2:DescribeManagedPrefixLists ec2:GetManagedPrefixListEntries',
  getAvailabilityZonesOutput: 'ec2:DescribeAvailabilityZones',
  getCallerIdentityOutput: 'sts:GetCallerIdentity',
  getRegionOutput: 'ec2:DescribeRegions',
};
