/** Examples of an update in the document. */
export const UPDATE_EXAMPLES = {
  image: {
    summary: 'A new image, on the same machine',
    value: { image: 'docker.io/example/comfyui:1.5' },
  },
  replace: {
    summary: 'A new image, on another machine that takes over when it is ready',
    value: { image: 'docker.io/example/comfyui:1.5', strategy: 'replace' },
  },
  disk: {
    summary: 'A larger disk and another port, without a restart',
    value: {
      rootfsSize: 100,
      ports: [
        { port: 8188, protocol: 'http' },
        { port: 22, protocol: 'tcp' },
      ],
    },
  },
  labels: {
    summary: 'A label, beside those that are there; null in its place removes it',
    value: { labels: { team: 'vision' } },
  },
};
