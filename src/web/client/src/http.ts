// One POST to a node: a body goes out, the answer's text comes back within a time and a size.
import { PcqError } from './error.js';

const answerBytesMax = 64 * 1024 * 1024;

export interface HttpAnswer {
  status: number;
  text: string;
}

/** node_unreachable, node_timed_out; answer_malformed: too large. */
export async function post(
  send: typeof fetch,
  node: string,
  body: string,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    const response = await send(`${node}/v1`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
      signal: abort.signal,
    });
    return { status: response.status, text: await readText(response, node) };
  } catch (error) {
    if (error instanceof PcqError) throw error;
    if (abort.signal.aborted)
      throw new PcqError('node_timed_out', `the node at ${node} did not answer within ${timeoutMs} ms`);
    const { message, cause } = error as Error & { cause?: { message?: string } };
    throw new PcqError(
      'node_unreachable',
      `no answer from the node at ${node}: ${cause?.message ?? message}`,
    );
  } finally {
    clearTimeout(timer);
    abort.abort(); // of an answer that was not read to its end
  }
}

async function readText(response: Response, node: string): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > answerBytesMax)
      throw new PcqError('answer_malformed', `the node at ${node} answers with more than 64 MiB`);
    text += decoder.decode(value, { stream: true });
  }
}
