#!/usr/bin/env bash
set -euo pipefail

node - <<'JS'
const { PrismaClient } = require("@prisma/client");
const prisma = new PrismaClient();
prisma.session.deleteMany({});
JS
