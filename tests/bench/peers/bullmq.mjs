// BullMQ as it is shipped, on the bench's Redis: jobs first, then the seconds from the worker's start to the last job done.
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { countdown, openid, options, sender } from "./send.mjs";

const given = options();
const connection = new Redis(given.redis, { maxRetriesPerRequest: null });
const name = `bench-${process.pid}`;
const queue = new Queue(name, { connection, defaultJobOptions: { removeOnComplete: true } });
const send = await sender(given);
const count = Number(given.count);
for (let from = 1; from <= count; from += 1000) {
    const many = Array.from({ length: Math.min(1000, count - from + 1) }, (_, i) => ({
        name: "send",
        data: { openid: openid(from + i) },
    }));
    await queue.addBulk(many);
}
const { over, one } = countdown(count);
const concurrency = Number(given.concurrency);
const worker = new Worker(name, (job) => send(job.data.openid), { connection, concurrency, autorun: false });
worker.on("completed", one);
worker.on("failed", (_, error) => {
    console.error(error);
    process.exit(1);
});
await worker.waitUntilReady();
const begun = performance.now();
worker.run();
await over;
console.log((performance.now() - begun) / 1000);
await worker.close();
await queue.obliterate({ force: true });
process.exit(0);
