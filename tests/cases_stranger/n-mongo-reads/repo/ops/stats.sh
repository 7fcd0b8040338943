#!/bin/sh
set -eu
mongosh "$MONGO_URL" --quiet --eval 'printjson(db.getCollection("users").find({}, {email: 1}).limit(5).toArray())'
