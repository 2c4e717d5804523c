import { Migration } from '@mikro-orm/migrations';

/**
 * Attempts know which transcoder failed for good before they were given to the fallback, and which request to transcode
 * again they serve.
 */
export class Migration20261121200054_fallback_and_requests extends Migration {
  override name = 'Migration20261121200054_fallback_and_requests';

  override up(): void {
    this.addSql('alter table "transcode_jobs" add "fallback_from" text null, add "request_id" uuid null;');
  }

  override down(): void {
    this.addSql('alter table "transcode_jobs" drop column "fallback_from", drop column "request_id";');
  }
}
