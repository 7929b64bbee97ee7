import http from 'node:http';

export interface LeanAnswer {
  status: number;
  text: string;
}

/** One request with little work of its own: for loads that share the machine with what they ask. Rejects when there is no answer. */
export const leanRequest = (
  url: string,
  options: {
    agent: http.Agent;
    method?: string;
    headers?: http.OutgoingHttpHeaders;
    /** Sent as JSON. */
    body?: unknown;
    /** Sent as it is. */
    text?: string;
  },
): Promise<LeanAnswer> =>
  new Promise((resolve, reject) => {
    const { agent, method = 'GET', body } = options;
    const content = body === undefined ? options.text : JSON.stringify(body);
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      // with GET and HEAD Node says nothing of a body's length
      ...(content !== undefined && { 'content-length': Buffer.byteLength(content) }),
      ...options.headers,
    };
    const sent = http.request(url, { method, headers, agent }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (text += part));
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, text });
      });
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(content);
  });
