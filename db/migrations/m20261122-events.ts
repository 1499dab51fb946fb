import { Migration } from '@mikro-orm/migrations';

/** Events out: endpoints of an org, and what each is to be told. */
export class M20261122Events extends Migration {
  override up(): void {
    for (const statement of [TABLES, FUNCTIONS, POLICIES, GRANTS]) this.addSql(statement);
  }

  override down(): void {
    throw new Error('Events that were told cannot be taken back: drop the database instead.');
  }
}

const TABLES = /* sql */ `
create table event_endpoints (
  id uuid primary key,
  org_id text not null,
  -- who registered it: content is of this user's own inboxes only
  user_id text not null,
  types text[] not null,
  content boolean not null,
  state text not null check (state in ('active', 'disabled')),
  -- null unless disabled: 'asked', 'failing' or 'gone'
  disabled_why text,
  -- sealed JSON under the master key that is named: URL, secrets, where to send notices
  target_ct bytea not null,
  master_key_id text not null,
  -- of the first failure since the last success
  failing_since timestamptz(3),
  notified_at timestamptz(3),
  created_at timestamptz(3) not null default now()
);
create index event_endpoints_by_org on event_endpoints (org_id);

-- The outbox: one row an event and endpoint, written with what it tells.
create table event_deliveries (
  -- order of an inbox's events is the order of this number: see record_events
  seq bigint generated always as identity primary key,
  endpoint_id uuid not null references event_endpoints (id) on delete cascade,
  org_id text not null,
  inbox_id uuid not null references inboxes (id) on delete cascade,
  -- the same for every endpoint and every attempt
  event_id uuid not null,
  type text not null,
  -- ids, times, states and counts; never content
  facts jsonb not null,
  state text not null check (state in ('pending', 'delivered', 'failed', 'dropped')),
  attempts int not null default 0,
  recorded_at timestamptz(3) not null default now(),
  due_at timestamptz(3) not null default now(),
  -- after it nothing is tried any more
  expires_at timestamptz(3) not null default now() + interval '1 day',
  settled_at timestamptz(3),
  -- of the last attempt: what the receiver answered, or why there was no answer
  last_status int,
  last_failure text,
  unique (endpoint_id, event_id)
);
create index event_deliveries_pending on event_deliveries (endpoint_id, inbox_id, seq)
  where state = 'pending';
create index event_deliveries_of_endpoint on event_deliveries (endpoint_id, state, seq desc);
create index event_deliveries_settled on event_deliveries (endpoint_id, settled_at)
  where settled_at is not null;
create index event_deliveries_of_inbox on event_deliveries (inbox_id);
`;

const FUNCTIONS = /* sql */ `
create function app_is_admin() returns boolean language sql stable as
  $$ select 'admin' = any(string_to_array(coalesce(current_setting('app.roles', true), ''), ',')) $$;

-- Tells every endpoint of the org that asked for this type of an inbox of the session's; runs in the transaction that does what
-- is told. Costs two looks into an index where nobody asked. The lock makes an inbox's numbers
-- rise in the order of its commits; it is taken after the rows that are told, and nothing but the
-- end of the transaction may wait behind it for long.
create function record_events(p_type text, p_inbox uuid, p_facts jsonb[]) returns int
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  asked uuid[];
begin
  if not exists (select from public.inboxes i where i.id = p_inbox and i.org_id = public.app_org()
      and (i.user_id = public.app_user() or i.id = public.app_inbox())) then
    raise exception 'not an inbox of the session' using errcode = 'insufficient_privilege';
  end if;
  select array_agg(e.id) into asked from public.event_endpoints e
    where e.org_id = public.app_org() and e.state = 'active' and p_type = any(e.types);
  if asked is null or p_facts is null then return 0; end if;
  perform pg_advisory_xact_lock(hashtextextended(p_inbox::text, 2));
  insert into public.event_deliveries (endpoint_id, org_id, inbox_id, event_id, type, facts, state)
    with told as materialized (
      select gen_random_uuid() as id, facts, n from unnest(p_facts) with ordinality as f(facts, n)
    )
    select endpoint, public.app_org(), p_inbox, told.id, p_type, told.facts, 'pending'
    from told cross join unnest(asked) as endpoint order by told.n;
  return cardinality(p_facts);
end $$;

-- The oldest pending event of each inbox: the others wait behind it. Steps from inbox to inbox in the
-- index, as a receiver that is away leaves a long queue.
create function lane_heads(p_endpoint uuid) returns table (inbox_id uuid, due_at timestamptz)
language sql stable as $$
  with recursive lanes as (
    (select d.inbox_id from public.event_deliveries d
     where d.endpoint_id = p_endpoint and d.state = 'pending' order by d.inbox_id limit 1)
    union all
    select (select d.inbox_id from public.event_deliveries d
            where d.endpoint_id = p_endpoint and d.state = 'pending' and d.inbox_id > l.inbox_id
            order by d.inbox_id limit 1)
    from lanes l where l.inbox_id is not null
  )
  select l.inbox_id, head.due_at from lanes l cross join lateral (
    select d.due_at from public.event_deliveries d
    where d.endpoint_id = p_endpoint and d.state = 'pending' and d.inbox_id = l.inbox_id
    order by d.seq limit 1
  ) head
$$;

-- Endpoints are sealed by a master key themselves.
create or replace function master_keys_in_use() returns table (master_key_id text, keys bigint)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select master_key_id, count(*) from (
    select k.master_key_id from public.inbox_keys k
    union all select e.master_key_id from public.event_endpoints e
  ) sealed group by master_key_id order by 1
$$;

-- Endpoints with something to deliver now, for whoever starts their deliveries: ids only.
create function due_endpoints() returns setof uuid
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select e.id from public.event_endpoints e
  where e.state = 'active'
    and exists (select from public.lane_heads(e.id) head where head.due_at <= now())
$$;

-- Workflows name an endpoint by its id alone: ids of orgs are the CRM's and may be addresses.
create function org_of_endpoint(p_endpoint uuid) returns text
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select org_id from public.event_endpoints where id = p_endpoint
$$;
`;

const POLICIES = /* sql */ `
do $$
declare t text;
begin
  foreach t in array array['event_endpoints', 'event_deliveries'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    -- deliveries name inboxes of the whole org
    execute format(
      'create policy admin on %I to sambandh_api using (org_id = app_org() and app_is_admin())', t);
    execute format('create policy worker on %I to sambandh_worker using (org_id = app_org())', t);
    execute format('create policy definer on %I to current_user using (true)', t);
  end loop;
end $$;
-- to take away and to delete what they registered, administrators or not any more
create policy owner on event_endpoints to sambandh_api
  using (org_id = app_org() and user_id = app_user()) with check (false);
`;

const GRANTS = /* sql */ `
revoke all on function app_is_admin(), record_events(text, uuid, jsonb[]), due_endpoints(),
  lane_heads(uuid), org_of_endpoint(uuid) from public;
grant execute on function app_is_admin() to sambandh_api, sambandh_worker;
grant execute on function record_events(text, uuid, jsonb[]) to sambandh_api, sambandh_worker;
grant execute on function due_endpoints() to sambandh_api;
grant execute on function lane_heads(uuid), org_of_endpoint(uuid) to sambandh_worker;
grant select, insert, update, delete on event_endpoints to sambandh_api;
grant select, update on event_deliveries to sambandh_api;
grant select, update on event_endpoints to sambandh_worker;
grant select, update, delete on event_deliveries to sambandh_worker;
`;
