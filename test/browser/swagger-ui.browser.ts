/** Swagger UI by hand, in a real browser: what the page offers is sent as it is, and it works. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { eventually } from '../support/eventually.js';
import { closeBy } from '../support/owner-key.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTestDatabase } from '../support/test-database.js';
import { SwaggerOperation } from './swagger-operation.js';
import { WatchedBrowser } from './watched-browser.js';

const SCREENSHOTS = process.env['BROWSER_SCREENSHOTS'];

const keepPicture = async (page: Page, name: string): Promise<void> => {
  if (!SCREENSHOTS) return;
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
};

describe('Swagger UI', () => {
  let novita: NovitaSimulator;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let service: ServiceProcess;
  let browser: WatchedBrowser;

  beforeAll(async () => {
    browser = await WatchedBrowser.start();
    novita = await NovitaSimulator.start({ timeFactor: 20 });
    database = await createTestDatabase();
    service = await ServiceProcess.start({
      NOVITA_API_KEY: 'a-key-for-the-simulator',
      NOVITA_API_BASE_URL: novita.baseUrl,
      NOVITA_REQUESTS_PER_MINUTE: '1200',
      DATABASE_URL: database.url,
      PROBE_ALLOW_ADDRESSES: '127.0.0.1',
    });
  });
  afterAll(async () => {
    await browser.stop();
    await service.end('SIGTERM');
    await database.drop();
    await novita.stop();
  });

  // whatever a test did: nothing was held back by the policy, nothing failed, nothing was asked of another machine
  afterEach(() => {
    expect(browser.takeComplaints()).toEqual([]);
    expect(browser.foreignRequests).toEqual([]);
    expect(browser.requests).toContain(`${service.url}/docs/swagger-ui-bundle.js`);
  });

  it('creates an instance with the body that it offers, and shows it until it is ready', async () => {
    const page = await browser.newPage();
    await page.goto(`${service.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    await keepPicture(page, '1-page');

    const create = new SwaggerOperation(page, 'instances', 'createInstance');
    await create.open();
    await keepPicture(page, '2-create-try-it-out');
    expect(await create.prefilled()).toEqual({});
    const offered = JSON.parse(await create.body()) as { name: string };
    await create.writeBody(JSON.stringify({ ...offered, name: 'by-hand' }, null, 2));
    const created = await create.execute();
    await keepPicture(page, '3-created');
    expect(created).toMatchObject({ status: 202, body: { name: 'by-hand', status: 'pending' } });
    const { id } = created.body as { id: string };
    expect(id).toMatch(/^ins_/);

    const get = new SwaggerOperation(page, 'instances', 'getInstance');
    await get.open();
    await get.writeParameter('instance', id);
    await eventually('the page shows that the instance is ready', async () => {
      const shown = await get.execute();
      expect(shown.status).toBe(200);
      return (shown.body as { status: string }).status === 'ready';
    });
    await get.show();
    await keepPicture(page, '4-ready');
    expect(novita.ledger()).toHaveLength(1);
    await page.close();
  });

  it('fills in nothing beforehand that would surprise', async () => {
    const page = await browser.newPage();
    await page.goto(`${service.url}/docs`);
    const filled: Record<string, unknown> = {};
    for (const [tag, operationId] of [
      ['instances', 'listInstances'],
      ['instances', 'getInstance'],
      ['instances', 'deleteInstance'],
      ['catalogue', 'listOffers'],
      ['jobs', 'listJobs'],
    ] as const) {
      const operation = new SwaggerOperation(page, tag, operationId);
      await operation.open();
      filled[operationId] = await operation.prefilled();
      await operation.show();
      await keepPicture(page, `form-${operationId}`);
    }
    expect(filled).toEqual({
      listInstances: { limit: '20' },
      getInstance: {},
      deleteInstance: {},
      listOffers: { gpuNum: '1' },
      listJobs: { limit: '20' },
    });
    await page.close();
  });

  it('shows a refusal as it is', async () => {
    const page = await browser.newPage();
    await page.goto(`${service.url}/docs`);
    const get = new SwaggerOperation(page, 'instances', 'getInstance');
    await get.open();
    await get.writeParameter('instance', 'nobody');
    expect(await get.execute()).toMatchObject({ status: 404, body: { code: 'INSTANCE_NOT_FOUND' } });
    await keepPicture(page, '5-refused');
    await page.close();
    // the browser itself writes about every answer of 400 and more
    expect(browser.takeComplaints()).toEqual([expect.stringContaining('status of 404')]);
  });

  it('leads to a page about the error codes', async () => {
    const page = await browser.newPage();
    await page.goto(`${service.url}/docs`);
    const [errors] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('link', { name: '/docs/errors' }).first().click(),
    ]);
    await errors.locator('#NAME_TAKEN h2').waitFor();
    await keepPicture(errors, '6-errors');
    await errors.close();
    await page.close();
  });

  it('sends the API key that a person enters under Authorize', async () => {
    // from here on the service asks for keys
    const { key } = await closeBy(service.url);
    const page = await browser.newPage();
    await page.goto(`${service.url}/docs`);
    const list = new SwaggerOperation(page, 'instances', 'listInstances');
    await list.open();
    expect(await list.execute()).toMatchObject({ status: 401, body: { code: 'API_KEY_REQUIRED' } });
    await page.locator('.scheme-container .authorize').click();
    const dialog = page.locator('.dialog-ux');
    await dialog.locator('input').fill(key);
    await dialog.getByRole('button', { name: 'Apply credentials' }).click();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    expect(await list.execute()).toMatchObject({ status: 200 });
    await keepPicture(page, '7-authorized');
    await page.close();
    expect(browser.takeComplaints()).toEqual([expect.stringContaining('status of 401')]);
  });
});
