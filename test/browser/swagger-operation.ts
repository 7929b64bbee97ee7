import { isDeepStrictEqual } from 'node:util';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../support/eventually.js';

export interface Shown {
  status: number;
  body: unknown;
}

/** One operation on Swagger UI's page, used as a person uses it. */
export class SwaggerOperation {
  private readonly block: Locator;

  constructor(
    private readonly page: Page,
    tag: string,
    operationId: string,
  ) {
    this.block = page.locator(`#operations-${tag}-${operationId}`);
  }

  async open(): Promise<void> {
    await this.block.locator('.opblock-summary-control').click();
    await this.block.getByRole('button', { name: 'Try it out' }).click();
  }

  /** The text in the editor of the body. */
  body(): Promise<string> {
    return this.block.locator('textarea.body-param__text').inputValue();
  }

  writeBody(text: string): Promise<void> {
    return this.block.locator('textarea.body-param__text').fill(text);
  }

  /** What the form holds before anybody has touched it, by parameter. */
  async prefilled(): Promise<Record<string, string>> {
    const held: Record<string, string> = {};
    for (const row of await this.block.locator('tr[data-param-name]').all()) {
      const name = (await row.getAttribute('data-param-name')) ?? '';
      for (const field of await row.locator('input, select').all()) {
        const value = await field.inputValue();
        if (value !== '') held[name] = value;
      }
    }
    return held;
  }

  writeParameter(name: string, value: string): Promise<void> {
    return this.block.locator(`tr[data-param-name="${name}"] input[type=text]`).fill(value);
  }

  /** Presses Execute, and reads the answer from the page when it shows what the service said. */
  async execute(): Promise<Shown> {
    const answering = this.page.waitForResponse((response) => new URL(response.url()).pathname.startsWith('/api/'));
    await this.block.getByRole('button', { name: 'Execute' }).click();
    const said: unknown = await (await answering).json();
    const answer = this.block.locator('.live-responses-table tr.response').first();
    return eventually(`the page shows ${JSON.stringify(said)}`, async () => {
      const text = await answer.locator('.highlight-code code').first().innerText();
      const shown = await answer.locator('.response-col_status').innerText();
      return isDeepStrictEqual(parsed(text), said) && { status: Number.parseInt(shown, 10), body: said };
    });
  }

  show(): Promise<void> {
    return this.block.scrollIntoViewIfNeeded();
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
