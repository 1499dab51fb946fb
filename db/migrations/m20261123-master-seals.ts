import { Migration } from '@mikro-orm/migrations';

/** What a rotation of the master key must know besides data keys: all else that one seals for long. */
export class M20261123MasterSeals extends Migration {
  override up(): void {
    for (const statement of [PENDING, FUNCTIONS]) this.addSql(statement);
  }

  override down(): void {
    throw new Error('What is sealed would no longer name its key: restore a backup.');
  }
}

const PENDING = /* sql */ `
-- null: written by a version that did not name it
alter table pending_connections add column master_key_id text;

create policy worker on pending_connections to sambandh_worker using (org_id = app_org());
grant select (id, org_id, admin_state_hash, secret_ct, master_key_id, expires_at),
  update (secret_ct, master_key_id) on pending_connections to sambandh_worker;
`;

const FUNCTIONS = /* sql */ `
-- How much each master key wraps or seals: one that is not named may be removed. Under '' is what
-- does not name its key. Unfinished connects are sealed by one too, for a quarter of an hour at most.
create or replace function master_keys_in_use() returns table (master_key_id text, keys bigint)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select master_key_id, count(*) from (
    select k.master_key_id from public.inbox_keys k
    union all select e.master_key_id from public.event_endpoints e
    union all select coalesce(c.master_key_id, '') from public.pending_connections c
      where c.expires_at > now()) used
  group by master_key_id order by 1
$$;

-- Orgs with something that another master key seals besides data keys.
create function orgs_to_reseal(p_master_key_id text) returns setof text
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select e.org_id from public.event_endpoints e where e.master_key_id <> p_master_key_id
  union
  select c.org_id from public.pending_connections c
  where c.master_key_id is distinct from p_master_key_id and c.expires_at > now()
$$;

revoke all on function orgs_to_reseal(text) from public;
grant execute on function orgs_to_reseal(text) to sambandh_worker;
`;
