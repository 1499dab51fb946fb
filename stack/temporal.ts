import { Connection } from '@temporalio/client';
import { registerSearchAttributes, type SearchAttributes } from '../temporal/search-attributes.ts';
import { type Child, ChildFailedError, startChild, waitUntilReady } from './child.ts';
import { freePorts, portAnswers } from './ports.ts';
import { resolveTemporalBinary } from './temporal-binary.ts';

export interface TemporalOptions {
  /** Serves the web UI too; costs nothing when nobody looks. */
  ui: boolean;
  /** Where the UI has payloads decoded: the codec server's address, without `/decode`. */
  uiCodecEndpoint?: string;
  /** SQLite file that keeps workflows between runs. Left out: in memory. */
  dbFilename?: string;
  /** Registered before this resolves, on an existing cluster too, e.g. `{ InboxId: 'Keyword' }`. */
  searchAttributes?: SearchAttributes;
  logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'never';
  /** More dynamic configuration, values in JSON. */
  dynamicConfig?: Readonly<Record<string, string | number | boolean>>;
  /** Receives each line the server logs. */
  log?: (line: string) => void;
  /** Receives what is being fetched, when that takes time. */
  say?: (message: string) => void;
}

export interface RunningTemporal extends AsyncDisposable {
  /** `host:port` for clients and workers. */
  readonly address: string;
  readonly namespace: string;
  /** Absent when headless, or when the cluster is not ours. */
  readonly uiUrl?: string;
  readonly version: string;
  /** False when the environment names it: then `stop()` leaves it alone. */
  readonly ours: boolean;
  stop(): Promise<void>;
  /** Ends it and starts it again on the same ports; without `dbFilename` it forgets everything. */
  restart(): Promise<void>;
  /** SIGKILL, as a crash would; `restart()` brings it back. */
  kill(): Promise<void>;
}

const DYNAMIC_CONFIG = {
  // No calls home.
  'frontend.enableServerVersionCheck': false,
  // Search attributes are usable the moment they are registered, not a minute later.
  'system.forceSearchAttributesCacheRefreshOnRead': true,
};

/** The cluster that the environment `variable` names, else a dev server of our own. */
export const resolveTemporal = async (
  options: TemporalOptions,
  variable = 'TEMPORAL_ADDRESS',
): Promise<RunningTemporal> => {
  const address = process.env[variable];
  return address ? useExisting({ address, variable }, options) : startTemporal(options);
};

/**
 * Starts Temporal's dev server, fetched first if need be. It listens on 127.0.0.1 only and ends with
 * this process, however that ends.
 * @throws BinaryUnavailableError
 */
export const startTemporal = async (options: TemporalOptions): Promise<RunningTemporal> => {
  const binary = await resolveTemporalBinary('server', options.say ? { say: options.say } : {});
  let ports = await choosePorts();
  const launch = async (): Promise<Child> => {
    const address = `127.0.0.1:${ports.grpc}`;
    const child = await startChild({
      name: 'Temporal server',
      command: binary.path,
      args: devServerArgs(ports, options),
      ...(options.log && { onLine: options.log }),
    });
    await waitUntilReady(child, async () => {
      // gRPC backs off for a second after one refused connection, so knock first.
      return (await portAnswers(ports.grpc)) && isServing(address, 'default');
    });
    return child;
  };

  let server = await retryOnTakenPort(launch, async () => {
    ports = await choosePorts();
  });
  const stop = async () => {
    // A second of farewells is only worth it when there is a file to leave in order.
    await (options.dbFilename ? server.stop() : server.kill());
  };
  return {
    address: `127.0.0.1:${ports.grpc}`,
    namespace: 'default',
    version: binary.version,
    ours: true,
    ...(options.ui && { uiUrl: `http://127.0.0.1:${ports.ui}` }),
    stop,
    restart: async () => {
      await stop();
      server = await launch();
    },
    kill: async () => {
      await server.kill();
    },
    [Symbol.asyncDispose]: stop,
  };
};

interface Existing {
  address: string;
  /** The environment variable that names it. */
  variable: string;
}

const useExisting = async (
  existing: Existing,
  { searchAttributes }: TemporalOptions,
): Promise<RunningTemporal> => {
  const namespace = process.env.TEMPORAL_NAMESPACE || 'default';
  const { address, variable } = existing;
  const version = await describeExisting(existing, namespace, searchAttributes ?? {});
  const leave = async () => {};
  const refuse = async () => {
    throw new Error(`This cluster is named by ${variable}: it is not ours to stop`);
  };
  const ours = false;
  return {
    ...{ address, namespace, version, ours },
    ...{ stop: leave, restart: refuse, kill: refuse, [Symbol.asyncDispose]: leave },
  };
};

const describeExisting = async (
  { address, variable }: Existing,
  namespace: string,
  searchAttributes: SearchAttributes,
): Promise<string> => {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '5s' });
    try {
      await connection.workflowService.describeNamespace({ namespace });
      await registerSearchAttributes(connection, namespace, searchAttributes);
      const info = await connection.workflowService.getSystemInfo({});
      return info.serverVersion || 'unknown';
    } finally {
      await connection.close();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${variable} is ${address}, but namespace "${namespace}" cannot be used there: ` +
        `${reason}. Start that cluster, correct ${variable} or TEMPORAL_NAMESPACE, or unset ` +
        `${variable} to have a private dev server started for you.`,
      { cause },
    );
  }
};

interface DevServerPorts {
  grpc: number;
  ui: number;
  http: number;
  metrics: number;
}

const choosePorts = async (): Promise<DevServerPorts> => {
  const [grpc = 0, ui = 0, http = 0, metrics = 0] = await freePorts(4);
  return { grpc, ui, http, metrics };
};

const devServerArgs = (ports: DevServerPorts, options: TemporalOptions): string[] => [
  ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(ports.grpc)],
  ...['--http-port', String(ports.http), '--metrics-port', String(ports.metrics)],
  ...['--namespace', 'default', '--log-level', options.logLevel ?? 'error'],
  ...(options.ui ? ['--ui-port', String(ports.ui)] : ['--headless']),
  ...(options.uiCodecEndpoint ? ['--ui-codec-endpoint', options.uiCodecEndpoint] : []),
  ...(options.dbFilename ? ['--db-filename', options.dbFilename] : []),
  ...Object.entries(options.searchAttributes ?? {}).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]),
  ...Object.entries({ ...DYNAMIC_CONFIG, ...options.dynamicConfig }).flatMap(([key, value]) => [
    '--dynamic-config-value',
    `${key}=${JSON.stringify(value)}`,
  ]),
];

const isServing = async (address: string, namespace: string): Promise<boolean> => {
  const connection = await Connection.connect({ address, connectTimeout: '2s' }).catch(() => {});
  if (!connection) return false;
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
};

const retryOnTakenPort = async (
  launch: () => Promise<Child>,
  beforeRetry: () => Promise<void>,
): Promise<Child> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch();
    } catch (error) {
      const taken =
        error instanceof ChildFailedError && /address already in use|port/i.test(error.message);
      if (!taken || attempt === 3) throw error;
      await beforeRetry();
    }
  }
};
