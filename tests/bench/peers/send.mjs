// What every peer does with a job: the same request as the sender's, by a fast HTTP client of Node's own makers.
import { Pool } from "undici";

/** Arguments `--name value`. */
export function options() {
    const given = process.argv.slice(2);
    const pairs = [];
    for (let i = 0; i < given.length; i += 2) pairs.push([given[i].replace(/^--/, ""), given[i + 1]]);
    return Object.fromEntries(pairs);
}

/** Answers with a function that sends one message to a WeChat identity, or throws. */
export async function sender({ base, appid, secret, template, concurrency }) {
    const pool = new Pool(base, { connections: Number(concurrency), pipelining: 1 });
    const ask = async (path, body) => {
        const headers = { "content-type": "application/json" };
        const answer = await pool.request({ method: "POST", path, headers, body: JSON.stringify(body) });
        return answer.body.json();
    };
    const token = await ask("/cgi-bin/stable_token", { grant_type: "client_credential", appid, secret });
    const path = `/cgi-bin/message/subscribe/send?access_token=${token.access_token}`;
    return async (openid) => {
        const answer = await ask(path, {
            touser: openid,
            template_id: template,
            miniprogram_state: "formal",
            lang: "zh_CN",
            data: {
                thing1: { value: "您有1项工作待办" },
                date2: { value: "2021年10月25日" },
                thing3: { value: "请打开小程序查看,已办理的请忽略" },
            },
            page: "pages/duty/index?id=00000000-0000-0000-0000-000000000000",
        });
        if (answer.errcode !== 0) throw new Error(`the stand-in refuses: ${JSON.stringify(answer)}`);
    };
}

/** The WeChat identity of the n-th person, from 1. */
export const openid = (n) => `oBench-${String(n).padStart(22, "0")}`;

/** Counts to `count`; the promise is kept when it is reached. */
export function countdown(count) {
    let left = Number(count);
    let reached;
    const over = new Promise((resolve) => (reached = resolve));
    return { over, one: () => --left === 0 && reached() };
}
