import type { Template, SeenMachine, Volume } from '../novita-client.js';
import { decodeVolume } from './catalogue.wire.js';
import { decodeListedMachine } from './machine.wire.js';
import { isJsonObject, readCount, readList } from './read-fields.js';
import { decodeTemplate, templateId } from './template.wire.js';

/** One page of a list. */
export interface Page<Row> {
  rows: { id: string; row: Row }[];
  /** Rows that could not be read. With any of them the list is incomplete. */
  unreadable: number;
  /** The number of rows on all pages according to Novita, or null. */
  total: number | null;
  /** Whether the answer had a list. A null in its place does not prove that the list is empty. */
  isList: boolean;
}

/** A page of `GET /gpu/instances`, or null when the body is not one. */
export function decodeMachinePage(body: unknown): Page<SeenMachine> | null {
  return decodePage(body, 'instances', (row) => {
    const machine = decodeListedMachine(row);
    return machine && { id: machine.machineId, row: machine };
  });
}

/** A page of `GET /templates`, whose list is called `template`, or null. Serverless templates are `row: null`. */
export function decodeTemplatePage(body: unknown): Page<Template | null> | null {
  return decodePage(body, 'template', (row) => {
    const id = templateId(row);
    if (id === null) return null;
    return { id, row: isJsonObject(row) && row.type === 'serverless' ? null : decodeTemplate(row) };
  });
}

/** A page of `GET /networkstorages/list`, or null when the body is not one. */
export function decodeVolumePage(body: unknown): Page<Volume> | null {
  return decodePage(body, 'data', (row) => {
    const volume = decodeVolume(row);
    return volume && { id: volume.volumeId, row: volume };
  });
}

function decodePage<Row>(
  body: unknown,
  listName: string,
  decodeRow: (row: unknown) => { id: string; row: Row } | null,
): Page<Row> | null {
  if (!isJsonObject(body)) return null;
  const total = readCount(body.total);
  if (!(listName in body) && total === null) return null;
  const rows = readList(body[listName]).map(decodeRow);
  const readable = rows.filter((row) => row !== null);
  return { rows: readable, unreadable: rows.length - readable.length, total, isList: Array.isArray(body[listName]) };
}

/** The readable elements of a list without pages (`{"data": […]}`), or null when the body is not one. */
export function decodeData<Row>(body: unknown, decodeRow: (row: unknown) => Row | null): Row[] | null {
  if (!isJsonObject(body) || !('data' in body)) return null;
  return readList(body.data)
    .map(decodeRow)
    .filter((row) => row !== null);
}
