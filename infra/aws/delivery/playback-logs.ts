import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  type Output,
} from '@pulumi/pulumi';
import { LOG_COLUMNS, playbackQueries } from './playback-queries.ts';

/** CloudFront hands its logs over there, wherever the bucket is. */
const REGION = 'us-east-1';
const PREFIX = 'playback';
const SCANNED_BYTES_MAX = 100 * 1024 ** 3;

export interface PlaybackLogsArgs {
  readonly distributionArn: Output<string>;
  readonly distributionId: Output<string>;
  readonly bucket: Output<string>;
  readonly bucketArn: Output<string>;
  readonly accountId: Output<string>;
  readonly environment: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Who played what, in Parquet by the hour, with a table over it and questions worth asking. */
export class PlaybackLogs extends ComponentResource {
  constructor(name: string, args: PlaybackLogsArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:PlaybackLogs', name, {}, options);
    const child = { parent: this };
    const { tags } = args;
    const source = new aws.cloudwatch.LogDeliverySource(
      name,
      { region: REGION, name, logType: 'ACCESS_LOGS', resourceArn: args.distributionArn, tags },
      child,
    );
    const destination = new aws.cloudwatch.LogDeliveryDestination(
      name,
      {
        region: REGION,
        name,
        outputFormat: 'parquet',
        deliveryDestinationConfiguration: {
          destinationResourceArn: interpolate`${args.bucketArn}/${PREFIX}`,
        },
        tags,
      },
      child,
    );
    new aws.cloudwatch.LogDelivery(
      name,
      {
        region: REGION,
        deliverySourceName: source.name,
        deliveryDestinationArn: destination.arn,
        recordFields: LOG_COLUMNS.map(({ field }) => field),
        s3DeliveryConfigurations: [
          { suffixPath: '{DistributionId}/{yyyy}/{MM}/{dd}/{HH}', enableHiveCompatiblePath: false },
        ],
        tags,
      },
      child,
    );
    const databaseName = `sluice_${args.environment.replaceAll('-', '_')}`;
    const database = new aws.glue.CatalogDatabase(name, { name: databaseName, tags }, child);
    const location = interpolate`s3://${args.bucket}/${PREFIX}/AWSLogs/${args.accountId}/CloudFront/${args.distributionId}`;
    const table = new aws.glue.CatalogTable(name, logTable(database.name, location), child);
    const workgroup = new aws.athena.Workgroup(
      name,
      {
        forceDestroy: true,
        configuration: {
          enforceWorkgroupConfiguration: true,
          bytesScannedCutoffPerQuery: SCANNED_BYTES_MAX,
          resultConfiguration: {
            outputLocation: interpolate`s3://${args.bucket}/athena/`,
            encryptionConfiguration: { encryptionOption: 'SSE_S3' },
          },
        },
        tags,
      },
      child,
    );
    for (const { key, title, sql } of playbackQueries())
      new aws.athena.NamedQuery(
        `${name}-${key}`,
        { name: title, database: database.name, workgroup: workgroup.name, query: table.name.apply(sql) },
        child,
      );
    this.registerOutputs({});
  }
}

/** A table over the folders of hours, found by their dates: nothing has to be crawled. */
function logTable(databaseName: Input<string>, location: Output<string>): aws.glue.CatalogTableArgs {
  return {
    databaseName,
    name: 'playback',
    tableType: 'EXTERNAL_TABLE',
    parameters: {
      EXTERNAL: 'TRUE',
      classification: 'parquet',
      'projection.enabled': 'true',
      'projection.hour.type': 'date',
      'projection.hour.format': 'yyyy/MM/dd/HH',
      'projection.hour.range': 'NOW-90DAYS,NOW',
      'projection.hour.interval': '1',
      'projection.hour.interval.unit': 'HOURS',
      'storage.location.template': interpolate`${location}/\${hour}/`,
    },
    partitionKeys: [{ name: 'hour', type: 'string' }],
    storageDescriptor: {
      location: interpolate`${location}/`,
      inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
      outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
      serDeInfo: {
        serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
        parameters: { 'serialization.format': '1' },
      },
      columns: LOG_COLUMNS.map(({ column }) => ({ name: column, type: 'string' })),
    },
  };
}
