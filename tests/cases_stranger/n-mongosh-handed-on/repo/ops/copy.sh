#!/bin/sh
set -eu
mongosh "$MONGO_URL" --quiet --eval 'db.users.find().forEach(db.archive.insertOne)'
