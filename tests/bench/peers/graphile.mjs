// graphile-worker at its fastest setting, on the bench's PostgreSQL: it takes up to 500 jobs into memory at once and
// completes them in batches, so that a crash makes up to 500 jobs and those under way run again.
import { Logger, run, runMigrations } from "graphile-worker";
import pg from "pg";
import { countdown, openid, options, sender } from "./send.mjs";

const given = options();
// Its notices would stand where the seconds are expected.
const logger = new Logger(() => (level, message) => level === "error" && console.error(message));
const pool = new pg.Pool({ host: given.host, user: given.user, database: given.database, max: 10 });
for (const event of ["error", "connect"]) pool.on(event, (one) => one.on?.("error", console.error));
await runMigrations({ pgPool: pool, logger });
const send = await sender(given);
const count = Number(given.count);
const openids = Array.from({ length: count }, (_, i) => openid(i + 1));
await pool.query(
    `select graphile_worker.add_job('send', json_build_object('openid', o)) from unnest($1::text[]) o`,
    [openids],
);
await pool.query("vacuum analyze");
const { over, one } = countdown(count);
const begun = performance.now();
const runner = await run({
    pgPool: pool,
    logger,
    noHandleSignals: true,
    preset: {
        worker: {
            concurrentJobs: Number(given.concurrency),
            localQueue: { size: 500 },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
        },
    },
    taskList: {
        send: async ({ openid }) => {
            await send(openid);
            one();
        },
    },
});
await over;
console.log((performance.now() - begun) / 1000);
await runner.stop();
process.exit(0);
