import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { until } from '../demo/until.ts';

interface Answer {
  id?: number;
  method?: string;
  params?: { sessionId?: string; message?: string };
}

/**
 * Eyes on another Node process, which was started with `--inspect-port`: its resident memory, and
 * its garbage collected on demand, so that what grows is what is kept.
 */
export class ProcessMemory implements AsyncDisposable {
  readonly #pid: number;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, () => void>();
  /** Of its threads: workflows run in one of their own. */
  readonly #threads = new Set<string>();
  readonly #sampling = new AbortController();
  #lastId = 0;
  #peak = 0;
  #sampler: Promise<void> = Promise.resolve();

  private constructor(pid: number, socket: WebSocket) {
    this.#pid = pid;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(data), ''));
  }

  static async attach(pid: number, port: number): Promise<ProcessMemory> {
    process.kill(pid, 'SIGUSR1');
    const [target] = await until('the inspector listens', () =>
      fetch(`http://127.0.0.1:${port}/json/list`).then(
        async (answer) => (await answer.json()) as { webSocketDebuggerUrl: string }[],
        () => null,
      ),
    );
    const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
    await once(socket, 'open');
    const memory = new ProcessMemory(pid, socket);
    await memory.#call('NodeWorker.enable', { waitForDebuggerOnStart: false });
    memory.#sampler = memory.#sample();
    return memory;
  }

  /** MB (10⁶ bytes), as the system counts it. */
  async rss(): Promise<number> {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(this.#pid)]);
    return (Number(stdout) * 1_024) / 1e6;
  }

  /** Of all that was seen, once a second. */
  get peak(): number {
    return this.#peak;
  }

  /** @returns what is resident without garbage, MB */
  async collected(): Promise<number> {
    const all = ['', ...this.#threads];
    await Promise.all(all.map((thread) => this.#call('HeapProfiler.collectGarbage', {}, thread)));
    return await this.rss();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sampling.abort();
    await this.#sampler;
    this.#socket.close();
  }

  async #sample(): Promise<void> {
    while (!this.#sampling.signal.aborted) {
      this.#peak = Math.max(this.#peak, await this.rss());
      await sleep(1_000, undefined, { signal: this.#sampling.signal }).catch(() => {});
    }
  }

  async #call(method: string, params: object, thread = ''): Promise<void> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answered = new Promise<void>((resolve) => this.#waiting.set(`${thread}/${id}`, resolve));
    const message = JSON.stringify({ id, method, params });
    if (thread === '') this.#socket.send(message);
    else this.#send('NodeWorker.sendMessageToWorker', { sessionId: thread, message });
    await answered;
  }

  #send(method: string, params: object): void {
    this.#lastId += 1;
    this.#socket.send(JSON.stringify({ id: this.#lastId, method, params }));
  }

  #receive({ id, method, params = {} }: Answer, thread: string): void {
    const { sessionId = '', message = '' } = params;
    if (method === 'NodeWorker.attachedToWorker') this.#threads.add(sessionId);
    if (method === 'NodeWorker.receivedMessageFromWorker') {
      this.#receive(JSON.parse(message), sessionId);
    }
    this.#waiting.get(`${thread}/${id}`)?.();
  }
}
