import { startPostgres } from '/work/main/stack/postgres.ts';
import { migrate, provisionRoles } from '/work/main/db/migrate.ts';
import { Database } from '/work/main/db/database.ts';
import { connectInbox } from '/work/main/db/inbox-store.ts';
import { commitMessages } from '/work/main/db/message-store.ts';
import { contactTimeline } from '/work/main/db/timeline-store.ts';
import { reserveQuota } from '/work/main/db/quota-store.ts';
import { noteSeen, planBackfill } from '/work/main/db/backfill-store.ts';
import { KeyRing } from '/work/main/crypto/key-ring.ts';
import { randomBytes, randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
const durable = process.argv[2] === 'durable';
await using pg = await startPostgres({ durable });
const { apiUrl, workerUrl } = await provisionRoles(pg.url, { apiPassword: 'x'.repeat(16), workerPassword: 'y'.repeat(16) });
await migrate(pg.url);
await using api = await Database.open({ url: apiUrl }); await using worker = await Database.open({ url: workerUrl });
const keys = KeyRing.parse('a:' + randomBytes(32).toString('base64'));
const user = { orgId: 'acme', userId: 'alice' };
const mk = (mailbox: string, u = user) => api.asUser(u, tx => connectInbox(tx, { ...u, provider: 'gmail', addressHash: Buffer.from(mailbox), scope: { kind: 'contacts' }, grantedScopes: [], now: Date.now(), windowMs: 90*864e5, keys, seal: () => ({ profileCt: Buffer.from('p'), tokensCt: Buffer.from('t'), cursorCt: Buffer.from('c') }) }));
const body = randomBytes(4096 + 29), env = randomBytes(600);
let seq = 0;
const page = (n: number) => Array.from({ length: n }, () => { seq++; return { providerMessageId: seq.toString(16).padStart(16,'0'), verdict: { kind: 'stored' as const }, receivedAt: Date.now() - (seq % 90) * 864e5 - seq, rfcIdHash: randomBytes(32), senderHash: randomBytes(32), message: { id: v7(), providerThreadId: 't' + (seq >> 2), direction: 'inbound' as const, hasAttachments: false, envelopeCt: env, bodyCt: body, contactIds: ['c' + (seq % 200), ...(seq % 3 ? [] : ['big'])] } }; });
const inbox = await mk('a');
for (const size of [25, 100, 25, 100]) for (const lanes of [1, 4]) {
  const total = 6000; const pages = Array.from({length: total/size}, () => page(size)); const t = performance.now(); let at = 0;
  await Promise.all(Array.from({length: lanes}, async () => { for (let i = at++; i < pages.length; i = at++) { const p = pages[i]!; await worker.asConnectedInbox(inbox, (tx, row) => commitMessages(tx, row, p)); } }));
  console.log(durable ? 'fsync' : 'nofsync', `batch ${size} lanes ${lanes}`, Math.round(total/(performance.now()-t)*1000), 'messages/s');
}
// repeat page (all conflicts)
{ const p = Array.from({length:30},()=>page(100)); for (const x of p) await worker.asConnectedInbox(inbox,(tx,row)=>commitMessages(tx,row,x)); const t=performance.now(); for (const x of p) await worker.asConnectedInbox(inbox,(tx,row)=>commitMessages(tx,row,x)); console.log('again, all known, batch 100', Math.round(3000/(performance.now()-t)*1000),'messages/s'); }
while (seq < 100_000) { const pages = Array.from({length: 40}, () => page(250)); let at = 0; await Promise.all([0,1,2,3].map(async () => { for (let i = at++; i < pages.length; i = at++) { const p = pages[i]!; await worker.asConnectedInbox(inbox, (tx, row) => commitMessages(tx, row, p)); } })); }
// other user's mail with the same contacts
const bob = { orgId: 'acme', userId: 'bob' }; const binbox = await mk('b', bob); { for (let i=0;i<80;i++){ const p = page(250); await worker.asConnectedInbox(binbox, (tx,row)=>commitMessages(tx,row,p)); } }
const pgm = (await import('/work/main/node_modules/pg/lib/index.js')).default; const c = new pgm.Client(pg.url); await c.connect(); await c.query('analyze'); 
const pct = (xs: number[], p: number) => xs.toSorted((a,b)=>a-b)[Math.floor(xs.length*p)]!.toFixed(2);
for (const contact of ['c7', 'big']) { 
  const first: number[] = [], deep: number[] = [];
  for (let i=0;i<300;i++){ const t=performance.now(); const rows = await api.asUser(user, tx => contactTimeline(tx, contact, {limit: 50})); first.push(performance.now()-t); const l = rows.at(-1)!; const t2=performance.now(); await api.asUser(user, tx => contactTimeline(tx, contact, {limit: 50, before: {receivedAt: l.receivedAt - (i%80)*864e5, messageId: l.id}})); deep.push(performance.now()-t2); }
  console.log('timeline', contact, 'first page p50/p99', pct(first,.5), pct(first,.99), 'random depth', pct(deep,.5), pct(deep,.99), 'ms');
}
await api.asUser(user, async tx => { for (const contact of ['c7','big']) { const rows = await tx.sql<{'QUERY PLAN': string}>(`explain (analyze, buffers, costs off) select m.id, m.inbox_id, m.org_id, m.provider_message_id, m.received_at, m.envelope_ct, k.master_key_id, k.wrapped_key from (
       select message_id, received_at from message_contacts
       where contact_id = $1 and user_id = app_user() and org_id = app_org()
         and (received_at, message_id) < ($3::timestamptz, $4::uuid)
       order by received_at desc, message_id desc limit $2
     ) page
     join messages m on m.id = page.message_id
     join inbox_keys k on k.inbox_id = m.inbox_id
     order by page.received_at desc, page.message_id desc`, [contact, 50, new Date(Date.now()-20*864e5).toISOString(), randomUUID()]); console.log(rows.map(r=>r['QUERY PLAN']).join('\n')); } });
{ await worker.asConnectedInbox(inbox, tx => planBackfill(tx, 1, [])); const ids = page(500).map(m=>m.providerMessageId); const t=performance.now(); for(let i=0;i<20;i++) await worker.asConnectedInbox(inbox, tx => noteSeen(tx, 1, ids.map(x=>x+i))); console.log('noteSeen 500 ids', ((performance.now()-t)/20).toFixed(1),'ms'); }
{ const t=performance.now(); for(let i=0;i<500;i++) await reserveQuota(worker, {key:'k', units:1, limit:1e6, reserve:0, windowMs:60000}); console.log('reserveQuota', ((performance.now()-t)/500).toFixed(2),'ms each, 1 caller'); const t2=performance.now(); await Promise.all(Array.from({length:10}, async()=>{for(let i=0;i<200;i++) await reserveQuota(worker, {key:'k', units:1, limit:1e6, reserve:0, windowMs:60000});})); console.log('reserveQuota', Math.round(2000/(performance.now()-t2)*1000),'/s one key, 10 callers'); }
{ const t=performance.now(); for(let i=0;i<300;i++) await worker.asConnectedInbox(inbox, async()=>{}); console.log('empty fenced tx', ((performance.now()-t)/300).toFixed(2),'ms'); }
await c.end();
