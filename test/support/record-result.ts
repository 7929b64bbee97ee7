import { appendFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Appends a result to a Markdown file: the command, the time, the kind of machine, and a table. */
export const recordResult = (
  file: string,
  command: string,
  figure: string,
  heads: string[],
  rows: (string | number)[][],
): void => {
  const line = (cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const machine = `${cpus().length} cores, Node ${process.version}`;
  const table = [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
  appendFileSync(
    file,
    `\n## ${new Date().toISOString().slice(0, 10)}: ${command}\n\n${figure}. Machine: ${machine}.\n\n${table}\n`,
  );
};
