import { createServer } from "node:http";
import { prisma } from "../lib/prisma";

const close = (id: number) => prisma.order.update({ where: { id }, data: { status: "closed" } });

createServer(async (request, response) => {
  await close(Number(request.url?.slice(1)));
  response.end("closed");
}).listen(3000);
