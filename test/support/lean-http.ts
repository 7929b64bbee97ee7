import http from 'node:http';

export interface LeanAnswer {
  status: number;
  text: string;
}

/** Sends a request with little CPU use, for loads on the same machine as the service. Rejects without an answer. */
export const leanRequest = (
  url: string,
  options: {
    agent: http.Agent;
    method?: string;
    headers?: http.OutgoingHttpHeaders;
    /** Sent as JSON. */
    body?: unknown;
    /** Sent unchanged. */
    text?: string;
  },
): Promise<LeanAnswer> =>
  new Promise((resolve, reject) => {
    const { agent, method = 'GET', body } = options;
    const content = body === undefined ? options.text : JSON.stringify(body);
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      // for GET and HEAD Node sets no Content-Length
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
