/** An answer that was not what the demo needs, in the API's own words. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Asks the API as any client does. Throws ApiRefusal with the problem's detail. */
export async function callApi<T>(
  base: string,
  token: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<T> {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  // Neither an answer without a body nor a proxy's page is JSON.
  const answer = (await response.json().catch(() => ({}))) as T & { code?: string; detail?: string };
  if (!response.ok)
    throw new ApiRefusal(
      `${method} ${path} answered ${response.status} ${answer.code ?? ''}: ${answer.detail ?? ''}`,
      response.status,
    );
  return answer;
}
