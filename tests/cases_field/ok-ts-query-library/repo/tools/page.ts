import { execSync } from "node:child_process";
import * as cheerio from "cheerio";

const $ = cheerio.load(execSync("cat page.html").toString());

$(function () {
  const found = $("#services");
  found.each((_, element) => {
    $(element).remove();
  });
});
