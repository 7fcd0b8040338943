#!/usr/bin/env node
"use strict";
var x = require("./y"), z = module.exports = { f() {}, get g() { return arguments } };
with (x) eval("f()");
