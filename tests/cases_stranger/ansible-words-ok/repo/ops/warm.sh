#!/bin/sh
curl -fsS "http://$1/health"
