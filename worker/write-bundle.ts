import { writeFile } from 'node:fs/promises';
import { bundleWorkflows } from './bundle.ts';

/** `node worker/write-bundle.ts FILE`, when an image is built: its workers start sooner. */
const [file] = process.argv.slice(2);
if (!file) throw new Error('Name the file to write: node worker/write-bundle.ts FILE');
const { code } = await bundleWorkflows();
await writeFile(file, code);
