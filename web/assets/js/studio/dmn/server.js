// Asks the server about the file as it is being written.
import { t } from './words.js';

const OFFLINE = t('连接中断,请稍后再试。', 'There is no connection. Please try again later.');
const GONE = t('没有得到结果,请刷新页面再试。', 'There was no answer. Please reload the page.');

// {ok, status, …what was answered}; never throws.
export async function ask(settings, verb, body) {
  const place = `/studio/changes/${settings.change}/${verb}/${settings.id}`;
  let answer;
  try {
    answer = await fetch(place, {
      method: 'POST', credentials: 'same-origin', body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': settings.csrf },
    });
    if ((answer.headers.get('Content-Type') || '').includes('json')) return { ok: answer.ok, status: answer.status, ...(await answer.json()) };
  } catch { return { ok: false, status: 0, message: OFFLINE }; }
  return { ok: false, status: answer.status, message: GONE };
}

export async function surroundings(settings) {
  try {
    const answer = await fetch(settings.surroundingsUrl, { credentials: 'same-origin', headers: { Accept: 'application/json' } });
    return answer.ok ? await answer.json() : {};
  } catch { return {}; } // the completion offers less
}
