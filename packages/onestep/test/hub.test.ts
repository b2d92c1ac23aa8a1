import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadTeacher, openNetwork } from '../src/index.js';
import { downloadFromHub } from '../src/node/hub.js';
import { parseHubAddress } from '../src/node/hub-address.js';
import { tinyTeacher } from './support/tiny-networks.js';

const COMMIT = 'a'.repeat(40);
const OTHER_COMMIT = 'b'.repeat(40);
const TOKEN = 'hf_secret';

/** A Hub of three repositories: a file of weights, a folder of diffusers, and one that needs a token. */
class TinyHub {
  readonly requests: string[] = [];
  private server!: Server;
  private readonly repositories: Record<string, Record<string, Uint8Array>>;

  constructor(weights: Uint8Array) {
    const text = (value: object) => new TextEncoder().encode(JSON.stringify(value));
    this.repositories = {
      'me/teacher': { 'README.md': text({}), 'net.safetensors': weights, 'sub/other.pt': weights },
      'me/single': { '.gitattributes': text({}), 'model card.md': text({}), 'net 1.ckpt': weights },
      'me/unet': {
        'model_index.json': text({ _class_name: 'DDPMPipeline' }),
        'unet/config.json': text({ _class_name: 'UNet2DModel' }),
        'unet/diffusion_pytorch_model.safetensors': weights,
        'unet/diffusion_pytorch_model.bin': weights,
        'scheduler/scheduler_config.json': text({}),
        'samples/picture.png': weights,
        'vae/config.json': text({}),
      },
      'me/evil': { '../../../evil.pkl': weights, 'safe.txt': text({}) },
      'me/private': { 'net.pkl': weights },
    };
  }

  async listen(): Promise<string> {
    this.server = createServer((request, response) => {
      const url = new URL(request.url!, 'http://hub');
      this.requests.push(url.pathname);
      const { status, body } = this.answer(decodeURIComponent(url.pathname), request.headers.authorization);
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private answer(path: string, authorization?: string): { status: number; body: string | Uint8Array } {
    const missing = { status: 404, body: JSON.stringify({ error: 'Repository not found' }) };
    const [, name = '', rest = ''] = /^\/(?:api\/models\/)?(me\/\w+)\/(.*)$/.exec(path) ?? [];
    const files = this.repositories[name];
    if (files === undefined || (name === 'me/private' && authorization !== `Bearer ${TOKEN}`)) return missing;
    const [verb, revision, ...parts] = rest.split('/');
    const commits: Record<string, string> = {
      main: COMMIT,
      v2: OTHER_COMMIT,
      [COMMIT]: COMMIT,
      [OTHER_COMMIT]: OTHER_COMMIT,
    };
    const commit = commits[revision!];
    if (commit === undefined) return missing;
    if (verb === 'revision') return { status: 200, body: JSON.stringify({ id: name, sha: commit }) };
    if (verb === 'resolve') {
      const file = files[parts.join('/')];
      return file === undefined ? missing : { status: 200, body: file };
    }
    const entries = Object.entries(files).map(([file, bytes]) => ({
      type: 'file',
      path: file,
      size: bytes.length,
      oid: '0'.repeat(40),
      ...(bytes.length > 100 && {
        lfs: { oid: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, pointerSize: 130 },
      }),
    }));
    return { status: 200, body: JSON.stringify(entries) };
  }
}

let hub: TinyHub;
let cache: string;

beforeAll(async () => {
  hub = new TinyHub(await tinyTeacher());
  process.env.HF_ENDPOINT = `${await hub.listen()}/`;
  delete process.env.HF_TOKEN;
});

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'hub-'));
  process.env.ONESTEP_CACHE_DIR = cache;
  hub.requests.length = 0;
  return () => rm(cache, { recursive: true });
});

afterAll(() => hub.close());

const resolved = () => hub.requests.filter((path) => path.includes('/resolve/'));

describe('networks on the Hugging Face Hub', () => {
  it('a file is loaded, and then comes from the cache, also without a connection', async () => {
    const teacher = await loadTeacher('hf://me/teacher/net.safetensors');
    expect(teacher.resolution).toBe(8);
    teacher.dispose();
    expect(resolved()).toEqual([`/me/teacher/resolve/${COMMIT}/net.safetensors`]);
    const path = await downloadFromHub('hf://me/teacher/net.safetensors');
    expect(resolved()).toHaveLength(1);
    expect(path).toContain(COMMIT);
    const { HF_ENDPOINT } = process.env;
    process.env.HF_ENDPOINT = 'http://127.0.0.1:1';
    expect(await downloadFromHub('hf://me/teacher/net.safetensors')).toBe(path);
    await expect(downloadFromHub('hf://me/unet')).rejects.toThrow(/could not be reached/);
    process.env.HF_ENDPOINT = HF_ENDPOINT;
  });

  it('the only file of weights of a repository needs no name', async () => {
    expect(await downloadFromHub('hf://me/single')).toMatch(/net 1\.ckpt$/);
  });

  it('of a repository of diffusers, configurations and one file of weights are fetched', async () => {
    const folder = await downloadFromHub('hf://me/unet');
    const found = readdirSync(folder, { recursive: true, withFileTypes: true });
    const names = found.filter((entry) => entry.isFile() && !entry.name.endsWith('.sha256')).map(({ name }) => name);
    expect(names.sort()).toEqual([
      'config.json',
      'diffusion_pytorch_model.safetensors',
      'model_index.json',
      'scheduler_config.json',
    ]);
  });

  it('another revision is another file', async () => {
    expect(await downloadFromHub('hf://me/teacher/sub/other.pt@v2')).toContain(join(OTHER_COMMIT, 'sub', 'other.pt'));
    await expect(downloadFromHub('hf://me/teacher@v9')).rejects.toThrow(/no such repository or revision \(404\)/);
  });

  it('says which files there are, if none or an unknown one is named', async () => {
    await expect(openNetwork('hf://me/teacher')).rejects.toThrow(
      'hf://me/teacher: say which file of it: hf://me/teacher/FILE. Files: net.safetensors, sub/other.pt.',
    );
    await expect(openNetwork('hf://me/teacher/nte.safetensors')).rejects.toThrow(
      /it has no nte\.safetensors; name one/,
    );
  });

  it('an address of a web page of the Hub is not downloaded: the other form is named', async () => {
    const page = 'https://huggingface.co/me/teacher/blob/v2/net.pkl';
    await expect(openNetwork(page)).rejects.toThrow(
      `${page} is a web page of the Hugging Face Hub. Give hf://me/teacher/net.pkl@v2`,
    );
    expect(hub.requests).toEqual([]);
  });

  it('a file that would lie outside of its folder is left out', async () => {
    await expect(downloadFromHub('hf://me/evil')).rejects.toThrow(/Files: safe\.txt\./);
  });

  it('a private repository is read with the token in HF_TOKEN', async () => {
    await expect(downloadFromHub('hf://me/private')).rejects.toThrow(/does not show it\. .*need a token in HF_TOKEN/);
    process.env.HF_TOKEN = TOKEN;
    expect(existsSync(await downloadFromHub('hf://me/private'))).toBe(true);
    delete process.env.HF_TOKEN;
  });

  it.each(['hf://me', 'hf://me/', 'hf://me/name/../../x', 'hf://../name/x', 'hf://datasets/me/name'])(
    '%s is refused before anything is fetched',
    (address) => {
      expect(() => parseHubAddress(address)).toThrow(RangeError);
    },
  );
});
