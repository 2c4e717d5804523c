import type { NameForms } from '../names.ts';

const WORD = /^[A-Za-z0-9_-]+$/;
const DOTTED = /^[\w.-]+$/;
/** IAM's. */
const FRIENDLY = /^[\w+=,.@-]+$/;
/** RDS's: letters, digits and single hyphens, a letter first. */
const IDENTIFIER = /^[a-z](?!.*--)[a-z0-9-]*[a-z0-9]$/;
/** Load balancing's: no hyphen at either end. */
const BALANCED = /^(?!internal-)[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]$/;
const LINE = /^.+$/;

/** Names by type, as the references of the APIs have them. Queues are SQS's and MediaConvert's, by the narrower of both. */
export const NAME_FORMS: NameForms = {
  Bucket: { member: 'bucket', max: 63, form: /^[a-z0-9][a-z0-9-]*[a-z0-9]$/ },
  BucketIntelligentTieringConfiguration: { max: 64, form: DOTTED },
  Budget: { max: 100, form: /^[^:\\]+$/ },
  CachePolicy: { max: 128, form: WORD },
  Canary: { max: 255, form: /^[a-z0-9_-]+$/ },
  CatalogDatabase: { max: 255, form: /^[a-z0-9_]+$/ },
  CatalogTable: { max: 255, form: /^[a-z0-9_]+$/ },
  Cluster: { max: 255, form: WORD },
  Dashboard: { member: 'dashboardName', max: 255, form: WORD },
  EventApiDestination: { max: 64, form: DOTTED },
  EventConnection: { max: 64, form: DOTTED },
  EventRule: { max: 64, form: DOTTED },
  Function: { max: 64, form: WORD },
  Instance: { member: 'identifier', max: 63, form: IDENTIFIER },
  KeyGroup: { max: 128, form: WORD },
  LoadBalancer: { max: 32, form: BALANCED },
  LogDeliveryDestination: { max: 60, form: WORD },
  LogDeliverySource: { max: 60, form: WORD },
  LogGroup: { max: 512, form: /^[\w./#-]+$/ },
  MetricAlarm: { max: 255, form: LINE },
  NamedQuery: { max: 128, form: LINE },
  OriginAccessControl: { max: 64, form: WORD },
  ParameterGroup: { max: 255, form: IDENTIFIER },
  Policy: { max: 255, form: LINE },
  PublicKey: { max: 128, form: WORD },
  Queue: { max: 80, form: WORD },
  Record: { max: 255, form: /^[\w*.-]+$/ },
  Repository: { max: 256, form: /^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/ },
  ResponseHeadersPolicy: { max: 128, form: WORD },
  Role: { max: 64, form: FRIENDLY },
  RolePolicy: { max: 128, form: FRIENDLY },
  Secret: { max: 512, form: /^[\w/+=.@-]+$/ },
  SecurityGroup: { max: 255, form: /^(?!sg-)[\w .:/()#,@[\]+=&;{}!$*-]+$/ },
  Service: { max: 255, form: WORD },
  SubnetGroup: { max: 255, form: IDENTIFIER },
  TargetGroup: { max: 32, form: BALANCED },
  TaskDefinition: { member: 'family', max: 255, form: WORD },
  Topic: { max: 256, form: WORD },
  Trail: { max: 128, form: /^[A-Za-z0-9][\w.-]+[A-Za-z0-9]$/ },
  User: { max: 64, form: FRIENDLY },
  UserPolicy: { max: 128, form: FRIENDLY },
  UserPool: { max: 128, form: /^[\w\s+=,.@-]+$/ },
  UserPoolClient: { max: 128, form: /^[\w\s+=,.@-]+$/ },
  WebAcl: { max: 128, form: WORD },
  Workgroup: { max: 128, form: DOTTED },
};
