import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import { ADDRESS, connect, refusal } from './support.ts';

const start = () => startEmulator({ accounts: [{ address: ADDRESS, labels: ['Acme'] }] });
const DAY = 24 * 3600_000;

describe('history', () => {
  test('without changes the body is only the history id', async () => {
    await using emulator = await start();
    const { api } = await connect(emulator);
    const { data: profile } = await api.users.getProfile({ userId: 'me' });
    const startHistoryId = profile.historyId ?? '';
    const { data } = await api.users.history.list({ userId: 'me', startHistoryId });
    expect(data).toEqual({ historyId: startHistoryId });
  });

  test('tells additions, labels and deletions in order, with gaps between the ids', async () => {
    await using emulator = await start();
    const { api } = await connect(emulator);
    const startHistoryId = (await api.users.getProfile({ userId: 'me' })).data.historyId ?? '';
    const { id } = await emulator.addMessage({ address: ADDRESS, from: 'a@b.example' });
    await emulator.modifyLabels({ address: ADDRESS, id, add: ['Acme'] });
    await emulator.trash({ address: ADDRESS, id });
    await emulator.deleteMessage({ address: ADDRESS, id });
    const { data } = await api.users.history.list({ userId: 'me', startHistoryId });
    const kinds = data.history?.map(
      (record) => Object.keys(record).filter((key) => key !== 'id' && key !== 'messages')[0],
    );
    expect(kinds).toEqual([
      'messagesAdded',
      'labelsAdded',
      'labelsRemoved',
      'labelsAdded',
      'messagesDeleted',
    ]);
    const ids = data.history?.map((record) => Number(record.id)) ?? [];
    expect([...ids].sort((a, b) => a - b)).toEqual(ids);
    expect(data.historyId).toBe(String(ids.at(-1)));
    const only = await api.users.history.list({
      userId: 'me',
      startHistoryId,
      historyTypes: ['messageAdded'],
    });
    expect(only.data.history).toHaveLength(1);
  });

  test('a filtered page may be empty and still have a successor', async () => {
    await using emulator = await start();
    const { api } = await connect(emulator);
    const startHistoryId = (await api.users.getProfile({ userId: 'me' })).data.historyId ?? '';
    const { id } = await emulator.addMessage({ address: ADDRESS });
    for (let i = 0; i < 3; i++) {
      await emulator.modifyLabels({ address: ADDRESS, id, add: ['STARRED'] });
      await emulator.modifyLabels({ address: ADDRESS, id, remove: ['STARRED'] });
    }
    await emulator.deleteMessage({ address: ADDRESS, id });
    const params = {
      userId: 'me',
      startHistoryId,
      maxResults: 3,
      historyTypes: ['messageDeleted'],
    };
    const first = await api.users.history.list(params);
    expect(first.data.history).toBeUndefined();
    expect(first.data.nextPageToken).toBeTruthy();
  });

  test('a start that is too old, or from the future, is 404', async () => {
    await using emulator = await start();
    const { api } = await connect(emulator);
    const list = (startHistoryId: string) =>
      refusal(api.users.history.list({ userId: 'me', startHistoryId }));
    expect(await list('1')).toMatchObject({ status: 404, reason: 'notFound' });
    expect(await list('999999999')).toMatchObject({ status: 404 });
    const early = (await api.users.getProfile({ userId: 'me' })).data.historyId ?? '';
    await emulator.addMessage({ address: ADDRESS });
    await emulator.advanceClock({ ms: 8 * DAY });
    const fresh = await connect(emulator);
    const call = fresh.api.users.history.list({ userId: 'me', startHistoryId: early });
    expect(await refusal(call)).toMatchObject({ status: 404 });
  });

  test('each save of a draft is a deletion and an addition under a new id, then it is sent', async () => {
    await using emulator = await start();
    const { api } = await connect(emulator);
    const startHistoryId = (await api.users.getProfile({ userId: 'me' })).data.historyId ?? '';
    const draft = { address: ADDRESS, from: ADDRESS, to: 'a@b.example', subject: 'Plan' };
    const first = await emulator.saveDraft(draft);
    const second = await emulator.saveDraft({ ...draft, text: 'more', id: first.id });
    expect(second.id).not.toBe(first.id);
    const sent = await emulator.sendDraft({ address: ADDRESS, id: second.id });
    const { data } = await api.users.history.list({ userId: 'me', startHistoryId });
    const added = data.history?.flatMap((record) => record.messagesAdded ?? []) ?? [];
    expect(added.map((item) => [item.message?.id, item.message?.labelIds])).toEqual([
      [first.id, ['DRAFT']],
      [second.id, ['DRAFT']],
      [sent.id, ['SENT']],
    ]);
  });
});
