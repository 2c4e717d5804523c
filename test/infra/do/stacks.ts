import type { StackConfig } from '../recording.ts';
import { CONFIG } from './recording.ts';

/** Configurations that differ in what they register. */
export const STACKS: Readonly<Record<string, StackConfig>> = {
  'by default': CONFIG,
  'large, with names of its own and FFmpeg behind Coconut': {
    ...CONFIG,
    region: 'nyc3',
    alarmEmail: 'oncall@example.com',
    runbooksUrl: 'https://git.example.com/sluice/docs/operate.md',
    networkCidr: '10.70.0.0/16',
    domain: 'api.example.com',
    zone: 'example.com',
    mediaDomain: 'media.example.com',
    transcoderFallback: 'ffmpeg',
    apiSize: 'large',
    workerSize: 'large',
    apiMax: '8',
    workerMin: '2',
    workerMax: '6',
    coconutRegion: 'eu-west-1',
    databaseSize: 'large',
    databaseStorageGib: '301',
    image: 'registry.digitalocean.com/example/sluice:1.2.3',
    registryTier: 'basic',
    registryCredentials: 'user:registry-token',
    corsOrigins: 'https://app.example.com, https://www.example.com',
  },
  'small, with FFmpeg alone, one node and tokens by public keys': {
    ...CONFIG,
    environment: 'longest-of-all1',
    transcoder: 'ffmpeg',
    databaseStandby: 'false',
    databasePoolSize: '6',
    otlpEndpoint: 'http://collector.example.com:4318',
    apiMin: '1',
    jwtJwksUrl: 'https://issuer.example.com/keys',
    jwtIssuer: 'https://issuer.example.com',
    jwtAudience: 'sluice',
  },
};
