import { Migration } from '@mikro-orm/migrations';

/**
 * Inbox keys whose secrets live outside of the database, several per inbox while one takes over from
 * another, and the means to find those that a rotation or a sweep concerns.
 */
export class M20261122Keys extends Migration {
  override up(): void {
    for (const statement of [TABLES, POLICIES, FUNCTIONS]) this.addSql(statement);
  }

  override down(): void {
    throw new Error('Keys wrapped for two halves cannot be unwrapped for one: restore a backup.');
  }
}

const TABLES = /* sql */ `
do $$ begin
  if exists (select from inbox_keys) then
    raise exception 'inbox_keys holds keys of an unreleased version: start with an empty database';
  end if;
end $$;
drop table inbox_keys;

-- Data keys, wrapped by a master key and by a secret outside of this database that key_id names.
-- The highest n of an inbox seals; the others open what is not sealed anew yet.
create table inbox_keys (
  key_id uuid primary key,
  inbox_id uuid not null references inboxes (id) on delete cascade,
  n int not null,
  master_key_id text not null,
  wrapped_key bytea not null,
  -- of an older key: messages up to this provider id are sealed by the newest
  resealed_upto text,
  created_at timestamptz(3) not null default now(),
  unique (inbox_id, n)
);
create index inbox_keys_by_master on inbox_keys (master_key_id, inbox_id);

-- which of them seals; a page sealed by an older one is not committed
alter table inboxes add column key_n int not null default 0;

-- Secrets that are out of use and must be destroyed. Without a foreign key: they outlive the inbox.
create table doomed_keys (
  key_id uuid primary key,
  inbox_id uuid not null,
  doomed_at timestamptz(3) not null default now()
);
create index doomed_keys_by_inbox on doomed_keys (inbox_id);
`;

const POLICIES = /* sql */ `
do $$
declare t text;
begin
  foreach t in array array['inbox_keys', 'doomed_keys'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy owner on %I to sambandh_api using
         (exists (select from inboxes i where i.id = inbox_id))', t);
    execute format(
      'create policy worker on %I to sambandh_worker using (inbox_id = app_inbox())', t);
  end loop;
end $$;
-- the functions below run as the owner of the table, who is bound too
create policy definer on inbox_keys to current_user using (true);

grant select, insert, update, delete on inbox_keys, doomed_keys to sambandh_api, sambandh_worker;
`;

const FUNCTIONS = /* sql */ `
-- How many data keys each master key wraps: one that is not named may be removed.
create function master_keys_in_use() returns table (master_key_id text, keys bigint)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select master_key_id, count(*) from public.inbox_keys group by master_key_id order by 1
$$;

-- Inboxes with a key that another master key wraps, in order of their ids.
create function inboxes_to_rewrap(p_master_key_id text, p_after uuid, p_limit int)
returns setof uuid
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select distinct inbox_id from public.inbox_keys
  where master_key_id <> p_master_key_id and (p_after is null or inbox_id > p_after)
  order by inbox_id limit p_limit
$$;

-- Of the given keys those that some inbox uses.
create function keys_in_use(p_key_ids uuid[]) returns setof uuid
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select key_id from public.inbox_keys where key_id = any(p_key_ids)
$$;

revoke all on function master_keys_in_use(), inboxes_to_rewrap(text, uuid, int), keys_in_use(uuid[])
  from public;
grant execute on function master_keys_in_use(), inboxes_to_rewrap(text, uuid, int),
  keys_in_use(uuid[]) to sambandh_worker;
`;
