import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** A test of a mutant that waits for what never comes fails after so long, unless the environment says otherwise. */
const LIMITS = { TEST_LIMIT_SECONDS: '30', ...process.env };

/** A run of tests that takes longer hangs, which CI would not let pass either. */
const RUN_MINUTES = 10;

/** What one run of tests came to: the first failure in a few words, or null when all passed. */
export type RunResult = { failure: string | null };

interface Report {
  success: boolean;
  testResults: { name: string; status: string; message: string; assertionResults: Assertion[] }[];
}

interface Assertion {
  status: string;
  fullName: string;
}

/** The project in a folder of its own, whose sources may be changed and whose tests are run there. */
export class ProjectCopy {
  private readonly originals = new Map<string, string>();
  /** Whether `dist` was built from the sources as they are now. */
  private isBuilt = false;

  private constructor(
    /** What is planted is worked out from the copy's own files: those of the project may be edited meanwhile. */
    readonly root: string,
    private readonly databaseUrl: string,
  ) {}

  /** @param databaseUrl a server whose user may create databases: each test file makes its own */
  static async make(project: string, root: string, databaseUrl: string): Promise<ProjectCopy> {
    const { stdout } = await promisify(execFile)('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
      cwd: project,
      maxBuffer: 64 * 1024 * 1024,
    });
    await mkdir(root, { recursive: true });
    for (const file of stdout.split('\0').filter(Boolean)) {
      // a file that was removed and not yet committed is listed all the same
      await cp(path.join(project, file), path.join(root, file)).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      });
    }
    await symlink(path.join(project, 'node_modules'), path.join(root, 'node_modules'));
    return new ProjectCopy(root, databaseUrl);
  }

  async change(sources: ReadonlyMap<string, string>): Promise<void> {
    for (const [file, text] of sources) {
      const place = path.join(this.root, file);
      this.originals.set(file, await readFile(place, 'utf8'));
      await writeFile(place, text);
      if (file.startsWith('src/')) this.isBuilt = false;
    }
  }

  async restore(): Promise<void> {
    for (const [file, text] of this.originals) {
      await writeFile(path.join(this.root, file), text);
      if (file.startsWith('src/')) this.isBuilt = false;
    }
    this.originals.clear();
  }

  /** Runs these test files up to the first failure. */
  async test(files: readonly string[]): Promise<RunResult> {
    if (!this.isBuilt && (await this.needsBuild(files))) {
      const build = await this.run('npm', ['run', '--silent', 'build']);
      if (build !== 0) return { failure: 'does not build' };
      this.isBuilt = true;
    }
    const report = path.join(this.root, 'report.json');
    await rm(report, { force: true });
    const vitest = path.join('node_modules', 'vitest', 'vitest.mjs');
    const code = await this.run(process.execPath, [
      vitest,
      'run',
      '--bail=1',
      '--reporter=json',
      `--outputFile=${report}`,
      ...files,
    ]);
    if (code === 'hangs') return { failure: `hangs: not done within ${RUN_MINUTES} minutes` };
    const text = await readFile(report, 'utf8').catch(() => null);
    if (text === null) throw new Error(`the tests of ${files.join(', ')} left no report (exit code ${code})`);
    return { failure: code === 0 ? null : failureIn(JSON.parse(text) as Report) };
  }

  /** Some tests run the built service, or scripts that use what was built. */
  private async needsBuild(files: readonly string[]): Promise<boolean> {
    const texts = await Promise.all(files.map((file) => readFile(path.join(this.root, file), 'utf8')));
    return texts.some((text) => /service-process|sandbox-process|deploy\/scripts|sandbox\/|dist\//.test(text));
  }

  private run(command: string, args: string[]): Promise<number | 'hangs'> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: this.root,
        stdio: 'ignore',
        env: { ...LIMITS, TEST_DATABASE_URL: this.databaseUrl },
        // a group of its own: what hangs is ended with all that it started
        detached: true,
      });
      const patience = setTimeout(() => {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        resolve('hangs');
      }, RUN_MINUTES * 60_000);
      child.once('error', reject);
      child.once('close', (code) => {
        clearTimeout(patience);
        resolve(code ?? 1);
      });
    });
  }
}

const failureIn = ({ testResults }: Report): string => {
  for (const { assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === 'failed');
    if (failed) return failed.fullName;
  }
  const file = testResults.find(({ status }) => status === 'failed');
  if (file && /Transform failed|SyntaxError|Parse/.test(file.message))
    throw new Error(`is no program: ${file.message}`);
  return file ? `${path.basename(file.name)}: ${file.message.split('\n')[0] ?? ''}` : 'an error outside of any test';
};
