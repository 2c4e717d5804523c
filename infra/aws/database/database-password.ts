import type { Config, Output } from '@pulumi/pulumi';
import { wellFormed } from '../../service-secrets.ts';

/**
 * Password of the database's first user, as RDS takes it.
 *
 * Applied, it throws one line for any other.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
 */
export function databasePassword(config: Config): Output<string> {
  return wellFormed(config, 'databasePassword', {
    takes: (value) => /^[\x21-\x7e]{8,128}$/.test(value) && !/[/@"]/.test(value),
    advice: 'must be 8 to 128 printable ASCII characters without blanks, /, @ and "',
    example: '"$(openssl rand -hex 24)"',
  });
}
