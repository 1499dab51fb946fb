import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Failing activities are part of many stories; what a test expects need not be printed. */
Runtime.install({ logger: new DefaultLogger('ERROR') });
