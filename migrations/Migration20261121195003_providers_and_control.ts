import { Migration } from '@mikro-orm/migrations';

/**
 * Transcoders that work elsewhere: whether each can be asked right now, and what it has forgotten. And the one row by
 * which operators steer the pipeline.
 */
export class Migration20261121195003_providers_and_control extends Migration {
  override name = 'Migration20261121195003_providers_and_control';

  override up(): void {
    this.addSql(`create table "pipeline_control" ("id" serial primary key, "paused_at" timestamptz(6) null,
      "reason" text null, "max_open_attempts" int null, "updated_at" timestamptz(6) not null,
      constraint pipeline_control_one_row check (id = 1),
      constraint pipeline_control_throttle check (max_open_attempts > 0))`);
    this.addSql('insert into pipeline_control (id, updated_at) values (1, now())');
    this.addSql(`create table "provider_standings" ("provider" text not null, "blocked_until" timestamptz(6) null,
      "failures" int not null default 0, "problem" text null, "detail" text null, "down_since" timestamptz(6) null,
      "updated_at" timestamptz(6) not null, primary key ("provider"))`);
    this.addSql(
      'alter table "transcode_jobs" add "forgotten_before" int not null default 0, add "asked_at" timestamptz(6) null;',
    );
  }

  override down(): void {
    this.addSql('alter table "transcode_jobs" drop column "forgotten_before", drop column "asked_at";');
    this.addSql('drop table if exists "provider_standings" cascade;');
    this.addSql('drop table if exists "pipeline_control" cascade;');
  }
}
